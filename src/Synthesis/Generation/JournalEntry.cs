using System.Text.Json.Serialization;

namespace TurkishLlm.Synthesis.Generation;

/// <summary>A line of the journal.</summary>
/// <param name="At">Time of writing.</param>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "kind")]
[JsonDerivedType(typeof(SentEntry), "sent")]
[JsonDerivedType(typeof(ReceivedEntry), "received")]
[JsonDerivedType(typeof(RepliedEntry), "replied")]
[JsonDerivedType(typeof(FailedEntry), "failed")]
[JsonDerivedType(typeof(BatchSentEntry), "batch_sent")]
[JsonDerivedType(typeof(BatchCreatedEntry), "batch_created")]
[JsonDerivedType(typeof(BatchEndedEntry), "batch_ended")]
public abstract record JournalEntry(DateTimeOffset At);

/// <summary>A request is about to be sent. If no other entry gives its outcome, it may have been answered and charged.</summary>
/// <param name="At">Time of writing.</param>
/// <param name="Send">Number of the send.</param>
/// <param name="Request">Id of the request.</param>
/// <param name="Attempt">Number of the attempt, from 1; increased after each unreadable reply.</param>
/// <param name="Group">The group or pair that the request is about.</param>
/// <param name="Model">Name of the model.</param>
/// <param name="CostAtMost">Maximum cost of the reply in dollars.</param>
public sealed record SentEntry(
    DateTimeOffset At, long Send, string Request, int Attempt, string Group, string Model,
    decimal CostAtMost) : JournalEntry(At);

/// <summary>
/// A reply, interpreted. It is charged, regardless of what it contains. Journals have <see cref="ReceivedEntry"/> in its place;
/// older journals have this line.
/// </summary>
/// <param name="At">Time of writing.</param>
/// <param name="Send">Number of the send; 0 for replies of a batch.</param>
/// <param name="Request">Id of the request.</param>
/// <param name="Attempt">Number of the attempt that it answers.</param>
/// <param name="Group">The group or pair that the request is about.</param>
/// <param name="Context">Hash of the chunks in the request.</param>
/// <param name="Model">Name of the model.</param>
/// <param name="Prompt">Version of the prompt.</param>
/// <param name="Text">The exact text of the reply.</param>
/// <param name="StopReason">Why the model stopped.</param>
/// <param name="InputTokens">Number of input tokens.</param>
/// <param name="OutputTokens">Number of output tokens.</param>
/// <param name="Cost">Cost in dollars.</param>
/// <param name="Seconds">Duration in seconds.</param>
/// <param name="Problem">Why the reply is unreadable; empty if it is readable.</param>
public sealed record RepliedEntry(
    DateTimeOffset At,
    long Send, string Request, int Attempt, string Group, string Context, string Model, string Prompt, string Text,
    string StopReason,
    long InputTokens, long OutputTokens, decimal Cost, double Seconds, string Problem) : JournalEntry(At)
{
    /// <summary>True if the reply is readable.</summary>
    [JsonIgnore]
    public bool IsReadable => Problem.Length == 0;
}

/// <summary>No reply was received.</summary>
/// <param name="At">Time of writing.</param>
/// <param name="Send">Number of the send; 0 for requests of a batch.</param>
/// <param name="Request">Id of the request.</param>
/// <param name="Attempt">Number of the attempt.</param>
/// <param name="Group">The group or pair that the request is about.</param>
/// <param name="Error">The error.</param>
/// <param name="InDoubt">True if the service may have answered and may charge for it.</param>
public sealed record FailedEntry(
    DateTimeOffset At, long Send, string Request, int Attempt, string Group, string Error,
    bool InDoubt) : JournalEntry(At)
{
    /// <summary>The part of the reply that was received before the connection broke; null if nothing was received.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public RawReply? Partial { get; init; }
}

/// <summary>A batch is about to be submitted.</summary>
/// <param name="At">Time of writing.</param>
/// <param name="Submission">The client's name of the batch.</param>
/// <param name="Model">Name of the model.</param>
/// <param name="Keys">Keys of the attempts in the batch.</param>
/// <param name="CostAtMost">Maximum cost of the batch in dollars.</param>
public sealed record BatchSentEntry(
    DateTimeOffset At, string Submission, string Model, IReadOnlyList<string> Keys,
    decimal CostAtMost) : JournalEntry(At);

/// <summary>The service has accepted the batch.</summary>
/// <param name="At">Time of writing.</param>
/// <param name="Submission">The client's name of the batch.</param>
/// <param name="Batch">The service's name of the batch.</param>
public sealed record BatchCreatedEntry(DateTimeOffset At, string Submission, string Batch) : JournalEntry(At);

/// <summary>All results of the batch are in the journal, or the service never had the batch.</summary>
/// <param name="At">Time of writing.</param>
/// <param name="Submission">The client's name of the batch.</param>
public sealed record BatchEndedEntry(DateTimeOffset At, string Submission) : JournalEntry(At);
