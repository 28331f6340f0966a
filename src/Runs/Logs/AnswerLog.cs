namespace TurkishLlm.Runs.Logs;

/// <summary>The log of the worst answers to tasks: <c>answers.jsonl</c>, one JSON object per line.</summary>
public sealed class AnswerLog : IDisposable
{
    private readonly StepLog<TaskAnswer> _log;

    private AnswerLog(string file) => _log = new(file, line => line.Step);

    /// <summary>Opens the file for appending and removes the lines after a step.</summary>
    /// <param name="file">The file; created if it does not exist.</param>
    /// <param name="afterStep">The last step to keep: that of the checkpoint, or 0 for a new run.</param>
    /// <exception cref="InvalidDataException">A line is invalid; the message names it.</exception>
    /// <exception cref="IOException">The file cannot be written to.</exception>
    public static AnswerLog Open(string file, long afterStep)
    {
        ArgumentNullException.ThrowIfNull(file);
        var log = new AnswerLog(file);
        log._log.Open(afterStep);
        return log;
    }

    /// <summary>Reads a file; empty if it does not exist.</summary>
    /// <exception cref="InvalidDataException">A line is invalid; the message names it.</exception>
    public static IEnumerable<TaskAnswer> Read(string file) => StepLog<TaskAnswer>.Read(file);

    /// <summary>Appends a line and passes it to the operating system.</summary>
    /// <exception cref="IOException">The disk is full or the file cannot be written to.</exception>
    public void Append(TaskAnswer line) => _log.Append(line);

    /// <summary>Removes the lines after a step.</summary>
    /// <exception cref="IOException">The file cannot be written to.</exception>
    public void TruncateAfter(long afterStep) => _log.Open(afterStep);

    /// <summary>Closes the file.</summary>
    public void Dispose() => _log.Dispose();
}
