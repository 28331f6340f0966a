using System.Globalization;
using System.Text;
using TurkishLlm.Files;

namespace TurkishLlm.Runs.Logs;

/// <summary>
/// The metrics of a run as comma-separated values with a header, one line for each step. An empty cell was not measured.
/// </summary>
internal sealed class CsvLog : IDisposable
{
    private readonly FileStream _stream;

    private CsvLog(FileStream stream) => _stream = stream;

    /// <summary>Replaces a file by the steps so far and opens it for appending.</summary>
    /// <exception cref="IOException">The disk is full or the file cannot be written to.</exception>
    public static CsvLog Create(string file, IEnumerable<StepMetrics> steps)
    {
        Write(file, steps);
        return new(LogStream.OpenAppend(file));
    }

    /// <summary>Writes a whole file.</summary>
    /// <exception cref="IOException">The disk is full or the file cannot be written to.</exception>
    public static void Write(string file, IEnumerable<StepMetrics> steps) => AtomicFile.WriteLines(
        file,
        steps.SelectMany(ScalarRow.FromStep).Select(Format).Prepend(
            $"step,{string.Join(',', ScalarRow.Columns.Select(column => column.Name))}"));

    /// <summary>Appends a step and passes it to the operating system.</summary>
    /// <exception cref="IOException">The disk is full or the file cannot be written to.</exception>
    public void Append(StepMetrics line) => LogStream.Append(
        _stream, Encoding.UTF8.GetBytes(string.Concat(ScalarRow.FromStep(line).Select(row => $"{Format(row)}\n"))));

    public void Dispose() => _stream.Dispose();

    private static string Format(ScalarRow row) => string.Join(
        ',', row.Values.Select(value => value?.ToString("R", CultureInfo.InvariantCulture) ?? "").Prepend(
            row.Step.ToString(CultureInfo.InvariantCulture)));
}
