import Backplane
import Foundation
import TestSupport
import Testing

/// Dimensions with their label and without it; numbers that have a default with their label and without it.
@Suite struct LabelTests {
  /// One operator in both ways of writing.
  struct Pair: Sendable, CustomTestStringConvertible {
    let name: String
    let bare: @Sendable (Tensor) -> [Tensor]
    let labelled: @Sendable (Tensor) -> [Tensor]
    var testDescription: String { name }

    init(
      _ name: String, _ bare: @escaping @Sendable (Tensor) -> [Tensor],
      _ labelled: @escaping @Sendable (Tensor) -> [Tensor]
    ) {
      self.name = name
      self.bare = bare
      self.labelled = labelled
    }
  }

  @Test(arguments: factorizationDevices, reductions + positions + shapes + functions + numbers)
  func bothWays(_ device: Device, _ pair: Pair) throws {
    let x = Tensor([[1.0, 5, 3], [4, 2, 6]], device: device)
    let (bare, labelled) = try withErrors { (pair.bare(x * 1), pair.labelled(x * 1)) }
    #expect(bare.count == labelled.count && !bare.isEmpty)
    for (a, b) in zip(bare, labelled) {
      #expect(a.shape == b.shape && a.dtype == b.dtype && a.allclose(b, equalNan: true), "\(a) and \(b)")
    }
  }

  /// Every function that takes a dimension without a label takes it with one, and stands in the tables.
  @Test func noFunctionIsLeftOut() throws {
    let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("../../../Sources/Frontend").standardizedFileURL
    let files = try #require(FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil))
    var bare: Set<String> = [], labelled: Set<String> = []
    for case let file as URL in files where file.pathExtension == "swift" {
      let text = try String(contentsOf: file, encoding: .utf8)
      for declaration in text.matches(of: #/public (?:static )?func (`?\w+`?)(?:<[^>]*>)?\(([^{]*?)\) ->/#) {
        let name = declaration.1.filter { $0 != "`" }, parameters = declaration.2
        if parameters.contains(#/(?:^|[\s,(])_ (?:dims?|dim0|dimension): /#) { bare.insert(name) }
        if parameters.contains(#/(?:^|[\s,(])(?:dims?|dim0|dimension): /#) { labelled.insert(name) }
      }
    }
    #expect(bare.count > 60)
    #expect(bare.subtracting(labelled).sorted() == [])
    let tables = LabelTests.reductions + LabelTests.positions + LabelTests.shapes + LabelTests.functions
    #expect(bare.subtracting(tables.map { String($0.name.prefix { $0 != " " }) }).sorted() == ["size"])
  }

  static let reductions: [Pair] = [
    .init("sum", { [$0.sum(1, keepDim: true)] }, { [$0.sum(dim: 1, keepDim: true)] }),
    .init("sum of two", { [$0.sum([0, 1])] }, { [$0.sum(dim: [0, 1])] }),
    .init("mean", { [$0.mean(-1)] }, { [$0.mean(dim: -1)] }),
    .init("mean of two", { [$0.mean([0, 1])] }, { [$0.mean(dim: [0, 1])] }),
    .init("nansum", { [$0.nansum(0)] }, { [$0.nansum(dim: 0)] }),
    .init("nansum of two", { [$0.nansum([0, 1])] }, { [$0.nansum(dim: [0, 1])] }),
    .init("nanmean", { [$0.nanmean(0)] }, { [$0.nanmean(dim: 0)] }),
    .init("nanmean of two", { [$0.nanmean([0, 1])] }, { [$0.nanmean(dim: [0, 1])] }),
    .init("prod", { [$0.prod(1)] }, { [$0.prod(dim: 1)] }),
    .init("amax", { [$0.amax(1)] }, { [$0.amax(dim: 1)] }),
    .init("amax of two", { [$0.amax([0, 1])] }, { [$0.amax(dim: [0, 1])] }),
    .init("amin", { [$0.amin(1)] }, { [$0.amin(dim: 1)] }),
    .init("amin of two", { [$0.amin([0, 1])] }, { [$0.amin(dim: [0, 1])] }),
    .init("logsumexp", { [$0.logsumexp(1)] }, { [$0.logsumexp(dim: 1)] }),
    .init("logsumexp of two", { [$0.logsumexp([0, 1])] }, { [$0.logsumexp(dim: [0, 1])] }),
    .init("var", { [$0.var(1, correction: 0)] }, { [$0.var(dim: 1, correction: 0)] }),
    .init("var of two", { [$0.var([0, 1])] }, { [$0.var(dim: [0, 1])] }),
    .init("std", { [$0.std(1)] }, { [$0.std(dim: 1)] }),
    .init("std of two", { [$0.std([0, 1])] }, { [$0.std(dim: [0, 1])] }),
    .init(
      "varMean", { [$0.varMean(1).mean, $0.varMean(1).var] }, { [$0.varMean(dim: 1).mean, $0.varMean(dim: 1).var] }),
    .init("varMean of two", { [$0.varMean([0, 1]).var] }, { [$0.varMean(dim: [0, 1]).var] }),
    .init(
      "stdMean", { [$0.stdMean(1).mean, $0.stdMean(1).std] }, { [$0.stdMean(dim: 1).mean, $0.stdMean(dim: 1).std] }),
    .init("stdMean of two", { [$0.stdMean([0, 1]).std] }, { [$0.stdMean(dim: [0, 1]).std] }),
    .init("all", { [($0 > 2).all(1)] }, { [($0 > 2).all(dim: 1)] }),
    .init("all of two", { [($0 > 0).all([0, 1])] }, { [($0 > 0).all(dim: [0, 1])] }),
    .init("any", { [($0 > 5).any(1)] }, { [($0 > 5).any(dim: 1)] }),
    .init("any of two", { [($0 > 5).any([0, 1])] }, { [($0 > 5).any(dim: [0, 1])] }),
    .init("argmax", { [$0.argmax(1)] }, { [$0.argmax(dim: 1)] }),
    .init("argmax of all", { [$0.argmax()] }, { [$0.argmax(dim: nil)] }),
    .init("argmin", { [$0.argmin(1)] }, { [$0.argmin(dim: 1)] }),
    .init("max", { [$0.max(1).values, $0.max(1).indices] }, { [$0.max(dim: 1).values, $0.max(dim: 1).indices] }),
    .init("min", { [$0.min(0).values, $0.min(0).indices] }, { [$0.min(dim: 0).values, $0.min(dim: 0).indices] }),
    .init("median", { [$0.median(1).values] }, { [$0.median(dim: 1).values] }),
    .init("nanmedian", { [$0.nanmedian(1).values] }, { [$0.nanmedian(dim: 1).values] }),
    .init("mode", { [$0.mode(1).values] }, { [$0.mode(dim: 1).values] }),
    .init("quantile", { [$0.quantile(0.3, 1)] }, { [$0.quantile(0.3, dim: 1)] }),
    .init("quantile of several", { [$0.quantile($0[0] / 8, 1)] }, { [$0.quantile($0[0] / 8, dim: 1)] }),
    .init("nanquantile", { [$0.nanquantile(0.3, 1)] }, { [$0.nanquantile(0.3, dim: 1)] }),
    .init("nanquantile of several", { [$0.nanquantile($0[0] / 8, 1)] }, { [$0.nanquantile($0[0] / 8, dim: 1)] }),
    .init("countNonzero", { [$0.countNonzero(0)] }, { [$0.countNonzero(dim: 0)] }),
    .init("countNonzero of two", { [$0.countNonzero([0, 1])] }, { [$0.countNonzero(dim: [0, 1])] }),
    .init("cumsum", { [$0.cumsum(1)] }, { [$0.cumsum(dim: 1)] }),
    .init("cumprod", { [$0.cumprod(1)] }, { [$0.cumprod(dim: 1)] }),
    .init("cummax", { [$0.cummax(1).values] }, { [$0.cummax(dim: 1).values] }),
    .init("cummin", { [$0.cummin(1).values] }, { [$0.cummin(dim: 1).values] }),
    .init("logcumsumexp", { [$0.logcumsumexp(1)] }, { [$0.logcumsumexp(dim: 1)] }),
    .init("sort", { [$0.sort(0, descending: true).values] }, { [$0.sort(dim: 0, descending: true).values] }),
    .init("argsort", { [$0.argsort(0)] }, { [$0.argsort(dim: 0)] }),
    .init("topk", { [$0.topk(1, 0).values] }, { [$0.topk(1, dim: 0).values] }),
    .init("kthvalue", { [$0.kthvalue(2, 0).values] }, { [$0.kthvalue(2, dim: 0).values] }),
  ]

  private static func places(_ x: Tensor) -> Tensor { Tensor([[1, 0, 1]], device: x.device) }
  private static func row(_ x: Tensor) -> Tensor { Tensor([1], device: x.device) }

  static let positions: [Pair] = [
    .init("gather", { [$0.gather(1, $0.argsort(1))] }, { [$0.gather(dim: 1, index: $0.argsort(1))] }),
    .init("indexSelect", { [$0.indexSelect(0, row($0))] }, { [$0.indexSelect(dim: 0, index: row($0))] }),
    .init("takeAlongDim", { [$0.takeAlongDim($0.argsort(1), 1)] }, { [$0.takeAlongDim($0.argsort(1), dim: 1)] }),
    .init("scatter", { [$0.scatter(0, places($0), -$0)] }, { [$0.scatter(dim: 0, index: places($0), src: -$0)] }),
    .init("scatter value", { [$0.scatter(0, places($0), 9)] }, { [$0.scatter(dim: 0, index: places($0), value: 9)] }),
    .init(
      "scatter by product", { [$0.scatter(0, places($0), $0, reduce: .multiply)] },
      { [$0.scatter(dim: 0, index: places($0), src: $0, reduce: .multiply)] }),
    .init(
      "scatterAdd", { [$0.scatterAdd(0, places($0), $0)] }, { [$0.scatterAdd(dim: 0, index: places($0), src: $0)] }),
    .init(
      "scatterReduce", { [$0.scatterReduce(0, places($0), $0, reduce: .amin)] },
      { [$0.scatterReduce(dim: 0, index: places($0), src: $0, reduce: .amin)] }),
    .init(
      "scatter_", { [$0.scatter_(0, places($0), 0 - $0)] }, { [$0.scatter_(dim: 0, index: places($0), src: 0 - $0)] }),
    .init(
      "scatter_ value", { [$0.scatter_(0, places($0), 9)] }, { [$0.scatter_(dim: 0, index: places($0), value: 9)] }),
    .init(
      "scatterAdd_", { [$0.scatterAdd_(0, places($0), $0 + 1)] },
      { [$0.scatterAdd_(dim: 0, index: places($0), src: $0 + 1)] }),
    .init(
      "scatterReduce_", { [$0.scatterReduce_(0, places($0), $0 + 1, reduce: .mean)] },
      { [$0.scatterReduce_(dim: 0, index: places($0), src: $0 + 1, reduce: .mean)] }),
    .init(
      "indexAdd", { [$0.indexAdd(0, row($0), $0[..<1], alpha: 2)] },
      { [$0.indexAdd(dim: 0, index: row($0), source: $0[..<1], alpha: 2)] }),
    .init(
      "indexAdd_", { [$0.indexAdd_(0, row($0), $0[..<1] + 1)] },
      { [$0.indexAdd_(dim: 0, index: row($0), source: $0[..<1] + 1)] }),
    .init(
      "indexCopy", { [$0.indexCopy(0, row($0), $0[..<1])] },
      { [$0.indexCopy(dim: 0, index: row($0), source: $0[..<1])] }),
    .init(
      "indexCopy_", { [$0.indexCopy_(0, row($0), $0[..<1] + 1)] },
      { [$0.indexCopy_(dim: 0, index: row($0), source: $0[..<1] + 1)] }),
    .init("indexFill", { [$0.indexFill(0, row($0), 7)] }, { [$0.indexFill(dim: 0, index: row($0), value: 7)] }),
    .init("indexFill_", { [$0.indexFill_(0, row($0), 7)] }, { [$0.indexFill_(dim: 0, index: row($0), value: 7)] }),
    .init(
      "indexReduce", { [$0.indexReduce(0, row($0), $0[..<1], reduce: .prod)] },
      { [$0.indexReduce(dim: 0, index: row($0), source: $0[..<1], reduce: .prod)] }),
    .init("selectScatter", { [$0.selectScatter($0[0], 0, 1)] }, { [$0.selectScatter($0[0], dim: 0, index: 1)] }),
  ]

  static let shapes: [Pair] = [
    .init("squeeze", { [$0[..<1].squeeze(0)] }, { [$0[..<1].squeeze(dim: 0)] }),
    .init("squeeze of two", { [$0[..<1, ..<1].squeeze([0, 1])] }, { [$0[..<1, ..<1].squeeze(dim: [0, 1])] }),
    .init("unsqueeze", { [$0.unsqueeze(1)] }, { [$0.unsqueeze(dim: 1)] }),
    .init("squeeze_", { [$0[..<1].squeeze_(0)] }, { [$0[..<1].squeeze_(dim: 0)] }),
    .init("unsqueeze_", { [$0.unsqueeze_(1)] }, { [$0.unsqueeze_(dim: 1)] }),
    .init("transpose", { [$0.transpose(0, 1)] }, { [$0.transpose(dim0: 0, dim1: 1)] }),
    .init("transpose_", { [$0.transpose_(0, 1)] }, { [$0.transpose_(dim0: 0, dim1: 1)] }),
    .init("swapaxes", { [$0.swapaxes(0, 1)] }, { [$0.swapaxes(axis0: 0, axis1: 1)] }),
    .init("swapdims", { [$0.swapdims(0, 1)] }, { [$0.swapdims(dim0: 0, dim1: 1)] }),
    .init("movedim", { [$0.movedim(0, 1)] }, { [$0.movedim(source: 0, destination: 1)] }),
    .init(
      "movedim of two", { [$0.movedim([0, 1], [1, 0])] }, { [$0.movedim(source: [0, 1], destination: [1, 0])] }),
    .init("moveaxis", { [$0.moveaxis(0, 1)] }, { [$0.moveaxis(source: 0, destination: 1)] }),
    .init(
      "permute", { [$0.permute(1, 0), $0.permute(1, 0)] }, { [$0.permute(dims: [1, 0]), $0.permute(dims: 1, 0)] }),
    .init("flip", { [$0.flip(0, 1), $0.flip([1])] }, { [$0.flip(dims: 0, 1), $0.flip(dims: [1])] }),
    .init("roll", { [$0.roll(1, 0), $0.roll(1, 1)] }, { [$0.roll(1, dims: 0), $0.roll(shifts: 1, dims: 1)] }),
    .init(
      "roll of two", { [$0.roll([1, 2], [0, 1]), $0.roll([1, 2], [0, 1])] },
      { [$0.roll([1, 2], dims: [0, 1]), $0.roll(shifts: [1, 2], dims: [0, 1])] }),
    .init("rot90", { [$0.rot90(3, dims: [1, 0])] }, { [$0.rot90(k: 3, dims: [1, 0])] }),
    .init("select", { [$0.select(1, 2)] }, { [$0.select(dim: 1, index: 2)] }),
    .init("slice", { [$0.slice(1, 1)] }, { [$0.slice(dim: 1, start: 1)] }),
    .init("narrow", { [$0.narrow(1, 1, 2)] }, { [$0.narrow(dim: 1, start: 1, length: 2)] }),
    .init("narrowCopy", { [$0.narrowCopy(1, 1, 2)] }, { [$0.narrowCopy(dim: 1, start: 1, length: 2)] }),
    .init("flatten", { [$0.flatten(0, 1)] }, { [$0.flatten(startDim: 0, endDim: 1)] }),
    .init("unflatten", { [$0.unflatten(1, [3, 1])] }, { [$0.unflatten(dim: 1, sizes: [3, 1])] }),
    .init("unfold", { [$0.unfold(1, 2, 1)] }, { [$0.unfold(dimension: 1, size: 2, step: 1)] }),
    .init("diagonal", { [$0.diagonal(1)] }, { [$0.diagonal(offset: 1)] }),
    .init("split", { $0.split(2, 1) + $0.split([1, 2], 1) }, { $0.split(2, dim: 1) + $0.split([1, 2], dim: 1) }),
    .init("chunk", { $0.chunk(2, 1) }, { $0.chunk(2, dim: 1) }),
    .init("unbind", { $0.unbind(1) }, { $0.unbind(dim: 1) }),
    .init(
      "tensorSplit", { $0.tensorSplit(2, 1) + $0.tensorSplit([1], 1) },
      { $0.tensorSplit(2, dim: 1) + $0.tensorSplit([1], dim: 1) }),
    .init("cat", { [cat([$0, $0], 1)] }, { [cat([$0, $0], dim: 1)] }),
    .init("stack", { [stack([$0, $0], 1)] }, { [stack([$0, $0], dim: 1)] }),
    .init(
      "repeatInterleave", { [$0.repeatInterleave(2, 1), $0.repeatInterleave(row($0), 1)] },
      { [$0.repeatInterleave(2, dim: 1), $0.repeatInterleave(row($0), dim: 1)] }),
    .init("permuteCopy", { [permuteCopy($0, [1, 0])] }, { [permuteCopy($0, dims: [1, 0])] }),
    .init("selectCopy", { [selectCopy($0, 1, 2)] }, { [selectCopy($0, dim: 1, index: 2)] }),
    .init(
      "squeezeCopy", { [squeezeCopy($0[..<1], [0]), squeezeCopy($0[..<1], [0])] },
      { [squeezeCopy($0[..<1], dim: 0), squeezeCopy($0[..<1], dim: [0])] }),
    .init("unsqueezeCopy", { [unsqueezeCopy($0, 1)] }, { [unsqueezeCopy($0, dim: 1)] }),
    .init("transposeCopy", { [transposeCopy($0, 0, 1)] }, { [transposeCopy($0, dim0: 0, dim1: 1)] }),
    .init("unfoldCopy", { [unfoldCopy($0, 1, 2, 1)] }, { [unfoldCopy($0, dimension: 1, size: 2, step: 1)] }),
    .init("unbindCopy", { unbindCopy($0, 1) }, { unbindCopy($0, dim: 1) }),
    .init("splitCopy", { splitCopy($0, 2, 1) }, { splitCopy($0, 2, dim: 1) }),
    .init("splitWithSizesCopy", { splitWithSizesCopy($0, [1, 2], 1) }, { splitWithSizesCopy($0, [1, 2], dim: 1) }),
  ]

  static let functions: [Pair] = [
    .init("softmax", { [$0.softmax(1), F.softmax($0, 1)] }, { [$0.softmax(dim: 1), F.softmax($0, dim: 1)] }),
    .init(
      "logSoftmax", { [$0.logSoftmax(1), F.logSoftmax($0, 1)] }, { [$0.logSoftmax(dim: 1), F.logSoftmax($0, dim: 1)] }),
    .init("softmin", { [F.softmin($0, 1)] }, { [F.softmin($0, dim: 1)] }),
    .init("glu", { [F.glu($0, 0)] }, { [F.glu($0, dim: 0)] }),
    .init(
      "cosineSimilarity", { [F.cosineSimilarity($0, $0 + 1, 0)] }, { [F.cosineSimilarity($0, $0 + 1, dim: 0)] }),
    .init("cross", { [$0.cross($0 + 1, 1)] }, { [$0.cross($0 + 1, dim: 1)] }),
    .init("renorm", { [$0.renorm(2, 0, 1)] }, { [$0.renorm(p: 2, dim: 0, maxnorm: 1)] }),
    .init("fftshift", { [FFT.fftshift($0, dim: [1])] }, { [FFT.fftshift($0, dim: 1)] }),
    .init("ifftshift", { [FFT.ifftshift($0, dim: [1])] }, { [FFT.ifftshift($0, dim: 1)] }),
  ]

  /// A kernel for two channels: 3 places in the last of its dimensions, 1 in the others.
  private static func kernel(_ x: Tensor, _ dimensions: Int) -> Tensor {
    let shape = [2, 2] + [Int](repeating: 1, count: dimensions - 1) + [3]
    return cat([x, -x]).reshape(shape)
  }

  static let numbers: [Pair] = [
    .init("norm", { [$0.norm(1), $0.norm(1, dim: [0])] }, { [$0.norm(p: 1), $0.norm(p: 1, dim: 0)] }),
    .init("norm of 2", { [$0.norm(2, dim: 1)] }, { [$0.norm(dim: 1)] }),
    .init("dist", { [$0.dist($0 + 1, 1)] }, { [$0.dist($0 + 1, p: 1)] }),
    .init("diag", { [$0.diag(1), $0.diag(0)] }, { [$0.diag(diagonal: 1), $0.diag()] }),
    .init("diagflat", { [$0.diagflat(-1)] }, { [$0.diagflat(offset: -1)] }),
    .init("tril", { [$0.tril(-1)] }, { [$0.tril(diagonal: -1)] }),
    .init("triu", { [$0.triu(1)] }, { [$0.triu(diagonal: 1)] }),
    .init("diff", { [$0.diff(2, dim: 1)] }, { [$0.diff(n: 2, dim: 1)] }),
    .init(
      "Linalg.norm", { [Linalg.norm($0, 1), Linalg.norm($0, 3, dim: 1), Linalg.norm($0, .fro)] },
      { [Linalg.norm($0, ord: 1), Linalg.norm($0, ord: 3, dim: [1]), Linalg.norm($0)] }),
    .init("Linalg.norm of a dimension", { [Linalg.norm($0, dim: [1])] }, { [Linalg.norm($0, dim: 1)] }),
    .init(
      "Linalg.vectorNorm", { [Linalg.vectorNorm($0, 3), Linalg.vectorNorm($0, 3, dim: 1)] },
      { [Linalg.vectorNorm($0, ord: 3), Linalg.vectorNorm($0, ord: 3, dim: [1])] }),
    .init("Linalg.vectorNorm of 2", { [Linalg.vectorNorm($0, dim: [1])] }, { [Linalg.vectorNorm($0, dim: 1)] }),
    .init("Linalg.matrixNorm", { [Linalg.matrixNorm($0, .nuc)] }, { [Linalg.matrixNorm($0, ord: .nuc)] }),
    .init("Linalg.cond", { [Linalg.cond($0[.all, ..<2], 1)] }, { [Linalg.cond($0[.all, ..<2], p: 1)] }),
    .init(
      "arange", { [Tensor.arange(1, 2, 0.25, device: $0.device)] },
      { [Tensor.arange(1, 2, step: 0.25, device: $0.device)] }),
    .init("eye", { [Tensor.eye(2, 3, device: $0.device)] }, { [Tensor.eye(2, m: 3, device: $0.device)] }),
    .init("linear", { [F.linear($0, $0, $0[.all, 0])] }, { [F.linear($0, $0, bias: $0[.all, 0])] }),
    .init(
      "bilinear", { [F.bilinear($0, $0, $0.reshape(1, 2, 3)[.all, ..<1].expand(1, 3, 3), $0[0, ..<1])] },
      { [F.bilinear($0, $0, $0.reshape(1, 2, 3)[.all, ..<1].expand(1, 3, 3), bias: $0[0, ..<1])] }),
    .init(
      "conv1d", { [F.conv1d($0, kernel($0, 1), $0[.all, 0], padding: 1)] },
      { [F.conv1d($0, kernel($0, 1), bias: $0[.all, 0], padding: .same)] }),
    .init(
      "conv2d", { [F.conv2d($0.unsqueeze(1), kernel($0, 2), $0[.all, 0])] },
      { [F.conv2d($0.unsqueeze(1), kernel($0, 2), bias: $0[.all, 0], padding: .valid)] }),
    .init(
      "conv3d", { [F.conv3d($0.reshape(2, 1, 1, 3), kernel($0, 3), $0[.all, 0], stride: 2)] },
      { [F.conv3d($0.reshape(2, 1, 1, 3), kernel($0, 3), bias: $0[.all, 0], stride: 2)] }),
    .init(
      "convTranspose1d", { [F.convTranspose1d($0, kernel($0, 1), $0[.all, 0])] },
      { [F.convTranspose1d($0, kernel($0, 1), bias: $0[.all, 0])] }),
    .init(
      "convTranspose2d", { [F.convTranspose2d($0.unsqueeze(1), kernel($0, 2), $0[.all, 0])] },
      { [F.convTranspose2d($0.unsqueeze(1), kernel($0, 2), bias: $0[.all, 0])] }),
    .init(
      "convTranspose3d", { [F.convTranspose3d($0.reshape(2, 1, 1, 3), kernel($0, 3), $0[.all, 0])] },
      { [F.convTranspose3d($0.reshape(2, 1, 1, 3), kernel($0, 3), bias: $0[.all, 0])] }),
    .init("vander", { [vander($0[0], 2)] }, { [vander($0[0], n: 2)] }),
    .init(
      "uniform_", { [$0.uniform_(2, 3, generator: Generator(seed: 1))] },
      { [$0.uniform_(from: 2, to: 3, generator: Generator(seed: 1))] }),
    .init(
      "normal_", { [$0.normal_(2, 3, generator: Generator(seed: 1))] },
      { [$0.normal_(mean: 2, std: 3, generator: Generator(seed: 1))] }),
    .init(
      "bernoulli_", { [$0.bernoulli_(0.3, generator: Generator(seed: 1))] },
      { [$0.bernoulli_(p: 0.3, generator: Generator(seed: 1))] }),
    .init(
      "exponential_", { [$0.exponential_(3, generator: Generator(seed: 1))] },
      { [$0.exponential_(lambd: 3, generator: Generator(seed: 1))] }),
    .init(
      "cauchy_", { [$0.cauchy_(2, 3, generator: Generator(seed: 1))] },
      { [$0.cauchy_(median: 2, sigma: 3, generator: Generator(seed: 1))] }),
    .init(
      "logNormal_", { [$0.logNormal_(2, 0.5, generator: Generator(seed: 1))] },
      { [$0.logNormal_(mean: 2, std: 0.5, generator: Generator(seed: 1))] }),
    .init(
      "normal", { [Tensor.normal($0, 3, generator: Generator(seed: 1))] },
      { [Tensor.normal($0, std: 3, generator: Generator(seed: 1))] }),
  ]
}
