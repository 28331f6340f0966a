using TurkishLlm.Plans;

namespace TurkishLlm.Runs.Logs;

/// <summary>The metrics and samples of a run in the formats of other programs, beside <c>metrics.jsonl</c>.</summary>
/// <remarks>
/// Both formats are written from <c>metrics.jsonl</c> and <c>samples.jsonl</c> when a run starts, resumes or is rolled back, and
/// grow with them afterwards, so they never have other steps. Spec: LOG-01, LOG-02.
/// </remarks>
public sealed class OtherLogs : IDisposable
{
    private readonly RunFolder _run;
    private readonly LogFormats _formats;
    private readonly DateTimeOffset _start;
    private TensorBoardLog? _tensorBoard;
    private CsvLog? _csv;

    private OtherLogs(RunFolder run, LogFormats formats, DateTimeOffset start) =>
        (_run, _formats, _start) = (run, formats, start);

    /// <summary>Writes the steps and samples so far, and opens the files for appending.</summary>
    /// <param name="run">The run, with the lines that it keeps.</param>
    /// <param name="formats">The formats.</param>
    /// <param name="start">Current time, minus the wall-clock time of the run so far.</param>
    /// <exception cref="IOException">The disk is full or a file cannot be written to.</exception>
    public static OtherLogs Open(RunFolder run, LogFormats formats, DateTimeOffset start)
    {
        ArgumentNullException.ThrowIfNull(run);
        var logs = new OtherLogs(run, formats, start);
        logs.Restart();
        return logs;
    }

    /// <summary>Writes the event file of a run that did not log it.</summary>
    /// <param name="run">The run; it may be in progress.</param>
    /// <param name="folder">The output folder.</param>
    /// <exception cref="IOException">The disk is full or the folder cannot be written to.</exception>
    public static void WriteTensorBoard(RunFolder run, string folder)
    {
        ArgumentNullException.ThrowIfNull(run);
        StepMetrics[] steps = [.. MetricsLog.Read(run.MetricsFile)];
        var seconds = steps is [.., var last] ? last.WallSeconds ?? last.Seconds : 0;
        var end = new DateTimeOffset(File.GetLastWriteTimeUtc(run.MetricsFile));
        TensorBoardLog.Create(folder, end.AddSeconds(-seconds), steps, SampleLog.Read(run.SamplesFile)).Dispose();
    }

    /// <summary>Writes the table of a run that did not log it.</summary>
    /// <param name="run">The run; it may be in progress.</param>
    /// <param name="file">The output file.</param>
    /// <exception cref="IOException">The disk is full or the file cannot be written to.</exception>
    public static void WriteCsv(RunFolder run, string file)
    {
        ArgumentNullException.ThrowIfNull(run);
        CsvLog.Write(file, [.. MetricsLog.Read(run.MetricsFile)]);
    }

    /// <summary>Appends a step that <c>metrics.jsonl</c> has.</summary>
    /// <exception cref="IOException">The disk is full or a file cannot be written to.</exception>
    public void Append(StepMetrics line)
    {
        _tensorBoard?.Append(line);
        if (_csv?.TryAppend(line) == false) RestartCsv();
    }

    /// <summary>Appends a sample that <c>samples.jsonl</c> has.</summary>
    /// <exception cref="IOException">The disk is full or a file cannot be written to.</exception>
    public void Append(TextSample sample) => _tensorBoard?.Append(sample);

    /// <summary>Writes all files again, after lines of the run were removed.</summary>
    /// <exception cref="IOException">The disk is full or a file cannot be written to.</exception>
    public void Restart()
    {
        Dispose();
        if (_formats.HasFlag(LogFormats.TensorBoard))
            _tensorBoard = TensorBoardLog.Create(
                _run.TensorBoardFolder, _start, MetricsLog.Read(_run.MetricsFile), SampleLog.Read(_run.SamplesFile));
        if (_formats.HasFlag(LogFormats.Csv)) RestartCsv();
    }

    /// <summary>Closes the files.</summary>
    public void Dispose()
    {
        _tensorBoard?.Dispose();
        _csv?.Dispose();
    }

    private void RestartCsv()
    {
        _csv?.Dispose();
        _csv = CsvLog.Create(_run.CsvFile, [.. MetricsLog.Read(_run.MetricsFile)]);
    }
}
