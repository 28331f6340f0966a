using System.Text.Json;
using System.Text.Json.Serialization;

namespace TurkishLlm.Runs.Logs;

/// <summary>Something unusual in a run, and what was done about it: a line of <c>events.jsonl</c>.</summary>
/// <param name="Step">The step it happened in; the last one taken where it was between two.</param>
/// <param name="Kind">What happened.</param>
/// <param name="Action">What was done.</param>
/// <param name="Message">Both, for a reader.</param>
/// <param name="Values">What was measured.</param>
/// <param name="Timestamp">When, by the clock of the machine.</param>
public sealed record RunEvent(
    long Step, EventKind Kind, EventAction Action, string Message, IReadOnlyDictionary<string, double> Values, DateTimeOffset Timestamp = default)
{
    /// <summary>What happened and what was done, such as "out of memory, halved".</summary>
    public string Describe() => $"{ToWords(Kind)}, {ToWords(Action)}";

    private static string ToWords<T>(T choice) where T : struct, Enum => JsonNamingPolicy.SnakeCaseLower.ConvertName(choice.ToString()).Replace('_', ' ');
}

/// <summary>What can happen in a run besides steps.</summary>
[JsonConverter(typeof(SnakeCaseNames<EventKind>))]
public enum EventKind
{
    /// <summary>The loss or the gradient was not a finite number.</summary>
    Divergence,

    /// <summary>The loss or the gradient norm jumped.</summary>
    Spike,

    /// <summary>A micro-batch did not fit into memory.</summary>
    OutOfMemory,

    /// <summary>A step takes much longer than the others.</summary>
    Stall,

    /// <summary>The disk is nearly full.</summary>
    DiskSpace,

    /// <summary>The plan contradicts a locked decision.</summary>
    GuidelineViolation,

    /// <summary>The run goes on after an interruption.</summary>
    Resumed,

    /// <summary>A process of several is gone.</summary>
    LostRank,
}

/// <summary>What can be done about it.</summary>
[JsonConverter(typeof(SnakeCaseNames<EventAction>))]
public enum EventAction
{
    /// <summary>Nothing but this line.</summary>
    Logged,

    /// <summary>The batch was left out.</summary>
    Skipped,

    /// <summary>The state of a checkpoint was taken up, and the batches since were left out.</summary>
    RolledBack,

    /// <summary>Micro-batches were halved.</summary>
    Halved,

    /// <summary>Training was ended.</summary>
    Stopped,
}

/// <summary>Enumerations as words in JSON: <c>out_of_memory</c>.</summary>
internal sealed class SnakeCaseNames<T>() : JsonStringEnumConverter<T>(JsonNamingPolicy.SnakeCaseLower, allowIntegerValues: false)
    where T : struct, Enum;
