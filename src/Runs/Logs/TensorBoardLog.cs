using System.Globalization;
using TurkishLlm.Files;
using static System.FormattableString;

namespace TurkishLlm.Runs.Logs;

/// <summary>
/// The metrics and samples of a run as one event file of TensorBoard, which has each step once. A step is one record, and each
/// record is passed to the operating system before the next step.
/// </summary>
/// <remarks>
/// A resumed run writes a new file with the steps that it keeps. The name of the new file comes after that of the old one, and
/// its first events make a TensorBoard that is watching forget what it has read.
/// </remarks>
internal sealed class TensorBoardLog : IDisposable
{
    private const string Prefix = "events.out.tfevents.";

    private readonly double _startTime;
    private Stream _stream = Stream.Null;
    private double _wallTime;
    private long _sampleStep = -1;
    private int _sampleCount;

    private TensorBoardLog(DateTimeOffset start) =>
        _startTime = _wallTime = (start - DateTimeOffset.UnixEpoch).TotalSeconds;

    /// <summary>Replaces the event files of a folder by one with the run so far, and opens it for appending.</summary>
    /// <param name="folder">The folder; created if it does not exist.</param>
    /// <param name="start">Time of the start of the run, from which the wall-clock seconds of its steps count.</param>
    /// <param name="steps">The steps so far.</param>
    /// <param name="samples">The samples so far.</param>
    /// <exception cref="IOException">The disk is full or the folder cannot be written to.</exception>
    public static TensorBoardLog Create(
        string folder, DateTimeOffset start, IEnumerable<StepMetrics> steps, IEnumerable<TextSample> samples)
    {
        LinkTarget.CreateDirectory(folder);
        string[] older = [.. Directory.EnumerateFiles(folder, Prefix + "*")];
        var log = new TensorBoardLog(start);
        // TensorBoard must not see half of the new file, so its name comes last.
        var partial = Path.Combine(folder, "next");
        AtomicFile.Write(partial, stream => log.WriteAll(stream, steps, samples));
        var number = older.Select(ParseNumber).Append(start.ToUnixTimeSeconds() - 1).Max() + 1;
        var file = Path.Combine(folder, Invariant($"{Prefix}{number:D10}.turkishllm"));
        File.Move(partial, file);
        foreach (var old in older) File.Delete(old);
        log._stream = LogStream.OpenAppend(file);
        return log;
    }

    /// <summary>Appends a step.</summary>
    /// <exception cref="IOException">The disk is full or the file cannot be written to.</exception>
    public void Append(StepMetrics line)
    {
        foreach (var row in ScalarRow.FromStep(line)) Write(EventRecord.FromRow(row, _wallTime = _startTime + row.WallSeconds));
    }

    /// <summary>Appends a sample.</summary>
    /// <exception cref="IOException">The disk is full or the file cannot be written to.</exception>
    public void Append(TextSample sample)
    {
        _sampleCount = sample.Step == _sampleStep ? _sampleCount + 1 : 1;
        _sampleStep = sample.Step;
        Write(EventRecord.FromText(Invariant($"samples/{_sampleCount}"), sample.Text, sample.Step, _wallTime));
    }

    public void Dispose() => _stream.Dispose();

    private void WriteAll(Stream stream, IEnumerable<StepMetrics> steps, IEnumerable<TextSample> samples)
    {
        _stream = stream;
        Write(EventRecord.CreateHeader(_wallTime));
        var waiting = new Queue<TextSample>(samples);
        foreach (var step in steps)
        {
            while (waiting.TryPeek(out var sample) && sample.Step < step.Step) Append(waiting.Dequeue());
            Append(step);
        }
        while (waiting.TryDequeue(out var last)) Append(last);
    }

    private void Write(byte[] record) => LogStream.Append(_stream, record);

    private static long ParseNumber(string file) =>
        long.TryParse(
            Path.GetFileName(file)[Prefix.Length..].Split('.')[0], NumberStyles.None, CultureInfo.InvariantCulture,
            out var number) ? number : 0;
}
