using System.Globalization;
using System.Text;
using TurkishLlm.Files;

namespace TurkishLlm.Runs.Logs;

/// <summary>
/// The metrics of a run as comma-separated values with a header, one line for each step. An empty cell was not measured. The
/// metrics of tasks are the last columns, in the order in which they first occur.
/// </summary>
internal sealed class CsvLog : IDisposable
{
    private readonly FileStream _stream;
    private readonly IReadOnlyList<string> _tasks;

    private CsvLog(FileStream stream, IReadOnlyList<string> tasks) => (_stream, _tasks) = (stream, tasks);

    /// <summary>Replaces a file by the steps so far and opens it for appending.</summary>
    /// <exception cref="IOException">The disk is full or the file cannot be written to.</exception>
    public static CsvLog Create(string file, IReadOnlyList<StepMetrics> steps)
    {
        var tasks = Write(file, steps);
        return new(LogStream.OpenAppend(file), tasks);
    }

    /// <summary>Writes a whole file.</summary>
    /// <returns>The columns of tasks.</returns>
    /// <exception cref="IOException">The disk is full or the file cannot be written to.</exception>
    public static IReadOnlyList<string> Write(string file, IReadOnlyList<StepMetrics> steps)
    {
        string[] tasks =
            [.. steps.SelectMany(ScalarRow.FromStep).SelectMany(row => row.Tasks).Select(task => task.Tag).Distinct()];
        var headings = ScalarRow.Columns.Select(column => column.Name).Concat(tasks).Prepend("step").Select(Quote);
        AtomicFile.WriteLines(
            file,
            steps.SelectMany(ScalarRow.FromStep).Select(row => Format(row, tasks)).Prepend(string.Join(',', headings)));
        return tasks;
    }

    /// <summary>Appends a step and passes it to the operating system.</summary>
    /// <returns>False if the file has no column for one of its tasks, and must be written again.</returns>
    /// <exception cref="IOException">The disk is full or the file cannot be written to.</exception>
    public bool TryAppend(StepMetrics line)
    {
        ScalarRow[] rows = [.. ScalarRow.FromStep(line)];
        if (rows.SelectMany(row => row.Tasks).Any(task => !_tasks.Contains(task.Tag))) return false;
        LogStream.Append(_stream, Encoding.UTF8.GetBytes(string.Concat(rows.Select(row => $"{Format(row, _tasks)}\n"))));
        return true;
    }

    public void Dispose() => _stream.Dispose();

    private static string Format(ScalarRow row, IReadOnlyList<string> tasks)
    {
        var measured = row.Tasks.ToDictionary(task => task.Tag, task => task.Value, StringComparer.Ordinal);
        var values = row.Values.Concat(tasks.Select(tag => measured.TryGetValue(tag, out var value) ? value : (double?)null));
        return string.Join(
            ',', values.Select(value => value?.ToString("R", CultureInfo.InvariantCulture) ?? "").Prepend(
                row.Step.ToString(CultureInfo.InvariantCulture)));
    }

    // Values of slices are texts of users. RFC 4180.
    private static string Quote(string heading) => heading.AsSpan().ContainsAny(",\"\r\n")
        ? $"\"{heading.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : heading;
}
