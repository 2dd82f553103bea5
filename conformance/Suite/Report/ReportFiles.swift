/// The files of `--report`.
public struct ReportFiles {
  private let folder: String

  /// Makes the folder: before a run, so that a folder that cannot be made costs no run.
  public init(folder: String) throws(FileError) {
    try FileBytes.makeFolder(folder)
    self.folder = folder
  }

  /// Writes `report.json`, `junit.xml` and `report.html`.
  public func write(_ record: RunRecord) throws(FileError) {
    let rows = record.rows
    try FileBytes.write(record.json(rows).text() + "\n", to: folder + "/report.json")
    try FileBytes.write(record.junit(rows), to: folder + "/junit.xml")
    try FileBytes.write(record.html(rows), to: folder + "/report.html")
  }
}
