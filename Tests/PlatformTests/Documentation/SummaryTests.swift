import TestSupport
import Testing

/// Every public declaration has a summary that can be read by itself, as it appears in lists of symbols.
@Suite struct SummaryTests {
  @Test func everyPublicDeclarationHasASummary() throws {
    let sources = Repository().paths.filter {
      $0.hasPrefix("Sources/") && $0.hasSuffix(".swift") && !$0.contains("Templates/")
    }
    let declarations = try sources.flatMap { PublicDeclaration.all(in: try Repository.text($0), file: $0) }
      .withoutWitnesses()
    #expect(declarations.count > 1000)
    let faults = declarations.compactMap { declaration in
      declaration.fault.map { "\(declaration.file):\(declaration.line): \($0): \(declaration.code)" }
    }
    #expect(faults.isEmpty, "\(faults.count) of \(declarations.count):\n\(faults.joined(separator: "\n"))")
  }

  @Test func theScannerFindsWhatIsPublic() {
    let source = """
      /// A kind.
      public enum Kind {
        case bare
        /// The other one.
        case leaning
        public var number: Int {
          switch self {
          case .bare: 1
          }
        }
        var hidden: Int { 0 }
        public var description: String { "" }
      }

      /// A wish.
      public protocol Wish {
        func bare(
          _ x: Int
        )
        /// A sentence.
        @discardableResult func summed() -> Int
      }

      extension Wish {
        /// no end
        @available(macOS 1, *)
        @inlinable
        public static func open(
          _ a: Int
        ) {
          let x = 1
        }
        @available(
          *, unavailable, renamed: "bare(_:)"
        )
        public func naked(_ x: Int) {}
        public static func == (a: Kind, b: Kind) -> Bool { true }
        public static func < (a: Kind, b: Kind) -> Kind { a }
        /// - Parameter x: A number.
        public init(x: Int) {}
        public init(integerLiteral value: Int) {}
        public override func update() {}
        /// A member:
        ///
        ///     x
        public private(set) var member: Int
      }

      extension Kind: Sendable, Wish {
        public func bare(_ x: Int) {}
        public func more() {}
      }
      """
    let found = PublicDeclaration.all(in: source).withoutWitnesses().map { "\($0.line) \($0.fault ?? "")" }
    #expect(
      found == [
        "2 ", "3 no summary", "5 a summary that leans on its neighbour", "6 no summary", "16 ", "17 no summary",
        "21 ", "28 a summary that does not begin as a sentence", "38 no summary",
        "40 parameters without a summary before them", "46 ",
        "51 no summary",
      ])
  }
}
