import Backplane
import TestSupport
import Testing

/// Values are mpmath's; at the ends of the domains PyTorch's.
@Suite struct BesselTests {
  private static let all = [-2.5, -0.75, 0, 0.25, 1.5, 4.9, 9]
  private static let positive = [0.25, 1.5, 4.9, 9]

  static let functions: [GoldenFunction] = [
    .init(
      "besselJ0", all,
      [
        -0.048383776468198, 0.8642422751666486, 1, 0.9844359292958527, 0.5118276717359181, -0.2097383275853262,
        -0.09033361118287613,
      ]
    ) { Special.besselJ0($0) },
    .init(
      "besselJ1", all,
      [
        -0.497094102464274, -0.3492436021748622, 0, 0.1240259773227269, 0.5579365079100996, -0.3146946710151907,
        0.2453117865733253,
      ]
    ) { Special.besselJ1($0) },
    .init(
      "sphericalBesselJ0", all,
      [
        0.2393888576415826, 0.9088516800311122, 1, 0.9896158370180917, 0.6649966577360363, -0.2005005331886393,
        0.04579094280463962,
      ]
    ) { Special.sphericalBesselJ0($0) },
    .init(
      "besselY0", positive, [-0.9315730249300587, 0.3824489237977589, -0.2920545942440142, 0.2499366982850247]
    ) { Special.besselY0($0) },
    .init(
      "besselY1", positive, [-2.704105229315283, -0.4123086269739113, 0.1812466920450486, 0.1043145751967159]
    ) { Special.besselY1($0) },
    .init(
      "modifiedBesselI0", positive, [1.015686141223608, 1.646723189772891, 24.91477907583776, 1093.588354511375]
    ) { Special.modifiedBesselI0($0) },
    .init(
      "modifiedBesselI1", positive, [0.1259791089454679, 0.9816664285779075, 22.1993486200925, 1030.914722516957]
    ) { Special.modifiedBesselI1($0) },
    .init(
      "modifiedBesselK0", positive,
      [1.541506751248303, 0.2138055626475257, 0.004118936235515887, 5.088131295645925e-05]
    ) { Special.modifiedBesselK0($0) },
    .init(
      "modifiedBesselK1", positive,
      [3.747025974440712, 0.2773878004568438, 0.004521169177299837, 5.363701637945195e-05]
    ) { Special.modifiedBesselK1($0) },
    .init(
      "scaledModifiedBesselK0", positive,
      [1.979333848598568, 0.9582100532948964, 0.5531310396037262, 0.4122955492314181]
    ) { Special.scaledModifiedBesselK0($0) },
    .init(
      "scaledModifiedBesselK1", positive,
      [4.811276588171025, 1.243165873552553, 0.6071468127379163, 0.4346252453474347]
    ) { Special.scaledModifiedBesselK1($0) },
  ]

  @Test(arguments: functions, testDevices)
  func values(_ function: GoldenFunction, _ device: Device) {
    let double = function.apply(Tensor(function.points, dtype: .float64, device: device))
    #expect(areClose(double.toArray(), function.values, tolerance: 1e-13), "\(double)")
    let float = function.apply(Tensor(function.points, device: device))
    #expect(float.dtype == .float32)
    #expect(areClose(float.toArray(), function.values, tolerance: 1e-5), "\(float)")
    #expect(function.apply(Tensor.empty([0, 3], device: device)).shape == [0, 3])
    #expect(function.apply(Tensor([1, 2], device: device)).dtype == .float32)
    #expect(
      errorMessage { _ = function.apply(Tensor([ComplexFloat(1, 0)], device: device)) }.contains("not implemented"))
  }

  @Test(arguments: functions) func gradients(_ function: GoldenFunction) throws {
    for point in function.points {
      let x = Tensor([point], dtype: .float64, device: "cpu", requiresGrad: true)
      try gradcheck({ function.apply($0[0]) }, [x])
      try gradcheck({ grad([function.apply($0[0]).sum()], [$0[0]], createGraph: true)[0]! }, [x])
    }
  }

  @Test(arguments: testDevices) func endsOfTheDomains(_ device: Device) {
    let x = Tensor([Double.infinity, -.infinity, .nan, 0, -1], dtype: .float64, device: device)
    let nan = Double.nan, inf = Double.infinity
    #expect(areClose(Special.besselJ0(x).toArray(), [nan, nan, nan, 1, 0.765197686557967], tolerance: 1e-12))
    #expect(areClose(Special.besselJ1(x).toArray(), [nan, nan, nan, 0, -0.440050585744934], tolerance: 1e-12))
    #expect(areClose(Special.besselY0(x).toArray(), [nan, nan, nan, -inf, nan]))
    #expect(areClose(Special.besselY1(x).toArray(), [nan, nan, nan, -inf, nan]))
    #expect(areClose(Special.modifiedBesselK0(x).toArray(), [0, nan, nan, inf, nan]))
    #expect(areClose(Special.modifiedBesselK1(x).toArray(), [0, nan, nan, inf, nan]))
    #expect(areClose(Special.scaledModifiedBesselK0(x).toArray(), [0, nan, nan, inf, nan]))
    #expect(areClose(Special.sphericalBesselJ0(x).toArray(), [0, 0, nan, 1, 0.841470984807897], tolerance: 1e-12))
  }

  @Test func namesAreKnown() throws {
    let x = Tensor([1.5])
    for name in ["bessel_j0", "bessel_y1", "modified_bessel_i1", "scaled_modified_bessel_k1", "spherical_bessel_j0"] {
      #expect(try call("special.\(name)", [.tensor(x)]).tensor!.shape == [1])
    }
  }
}
