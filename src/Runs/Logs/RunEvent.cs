using System.Text.Json;
using System.Text.Json.Serialization;

namespace TurkishLlm.Runs.Logs;

/// <summary>An unusual event of a run, and the action taken: a line of <c>events.jsonl</c>.</summary>
/// <param name="Step">Step of the event; the last step taken if it happened between two.</param>
/// <param name="Kind">Kind of the event.</param>
/// <param name="Action">Action taken.</param>
/// <param name="Message">Description for people.</param>
/// <param name="Values">Measured values.</param>
/// <param name="Timestamp">Time of the event.</param>
public sealed record RunEvent(
    long Step,
    EventKind Kind, EventAction Action, string Message, IReadOnlyDictionary<string, double> Values,
    DateTimeOffset Timestamp = default)
{
    /// <summary>Describes event and action, such as "out of memory, halved".</summary>
    public string Describe() => $"{ToWords(Kind)}, {ToWords(Action)}";

    private static string ToWords<T>(T choice)
        where T : struct, Enum => JsonNamingPolicy.SnakeCaseLower.ConvertName(choice.ToString()).Replace('_', ' ');
}

/// <summary>Kinds of events.</summary>
[JsonConverter(typeof(SnakeCaseNames<EventKind>))]
public enum EventKind
{
    /// <summary>The loss or the gradient was not finite, or the loss rose and stayed high.</summary>
    Divergence,

    /// <summary>The loss or the gradient norm jumped.</summary>
    Spike,

    /// <summary>A micro-batch did not fit into memory.</summary>
    OutOfMemory,

    /// <summary>A step takes much longer than the others.</summary>
    Stall,

    /// <summary>The disk is nearly full.</summary>
    DiskSpace,

    /// <summary>The plan violates a guideline.</summary>
    GuidelineViolation,

    /// <summary>The run was resumed.</summary>
    Resumed,

    /// <summary>A process of a distributed run was lost.</summary>
    LostRank,

    /// <summary>The validation loss rose above its lowest value.</summary>
    ValidationRise,

    /// <summary>A metric of a task is out of the bounds of the plan.</summary>
    QualityBound,
}

/// <summary>Actions on events.</summary>
[JsonConverter(typeof(SnakeCaseNames<EventAction>))]
public enum EventAction
{
    /// <summary>The event was only logged.</summary>
    Logged,

    /// <summary>The batch was skipped.</summary>
    Skipped,

    /// <summary>The run was rolled back to a checkpoint, and the batches since were skipped.</summary>
    RolledBack,

    /// <summary>Micro-batches were halved.</summary>
    Halved,

    /// <summary>The run was stopped.</summary>
    Stopped,
}

/// <summary>Converts enumerations to snake_case in JSON: <c>out_of_memory</c>.</summary>
internal sealed class SnakeCaseNames<T>() : JsonStringEnumConverter<T>(JsonNamingPolicy.SnakeCaseLower, allowIntegerValues: false)
    where T : struct, Enum;
