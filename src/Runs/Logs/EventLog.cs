namespace TurkishLlm.Runs.Logs;

/// <summary>
/// What happened in a run: <c>events.jsonl</c>, one JSON object a line. Nothing is ever taken back: steps that a resumed run
/// takes again may tell again what they told before, after a line that says where the run went on.
/// </summary>
public sealed class EventLog : IDisposable
{
    private readonly Lock _lock = new();
    private readonly StepLog<RunEvent> _log;
    private readonly TimeProvider _clock;

    private EventLog(string file, TimeProvider clock) => (_log, _clock) = (new(file, _ => 0), clock);

    /// <summary>Opens the file for appending; a last line that was never finished is cut off.</summary>
    /// <param name="file">Where it is; made when it is not there.</param>
    /// <param name="clock">Gives every line its time.</param>
    /// <exception cref="InvalidDataException">A line is not a line of this file; says which.</exception>
    /// <exception cref="IOException">The file cannot be written to.</exception>
    public static EventLog Open(string file, TimeProvider clock)
    {
        ArgumentNullException.ThrowIfNull(file);
        var log = new EventLog(file, clock);
        log._log.Open(afterStep: 1);
        return log;
    }

    /// <summary>Reads a file; nothing where there is none.</summary>
    /// <exception cref="InvalidDataException">A line is not a line of this file; says which.</exception>
    public static IEnumerable<RunEvent> Read(string file) => StepLog<RunEvent>.Read(file);

    /// <summary>Adds a line, where the disk takes it: what is told of a run in trouble must not be a trouble of its own. Any thread may.</summary>
    /// <returns>The line with its time.</returns>
    public RunEvent TryAppend(RunEvent line)
    {
        lock (_lock)
        {
            line = line with { Timestamp = _clock.GetUtcNow() };
            try
            {
                _log.Append(line);
            }
            catch (IOException)
            {
            }
            return line;
        }
    }

    /// <summary>Closes the file.</summary>
    public void Dispose() => _log.Dispose();
}
