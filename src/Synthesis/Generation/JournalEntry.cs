using System.Text.Json.Serialization;

namespace TurkishLlm.Synthesis.Generation;

/// <summary>A line of the journal.</summary>
/// <param name="At">When it was written.</param>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "kind")]
[JsonDerivedType(typeof(SentEntry), "sent")]
[JsonDerivedType(typeof(RepliedEntry), "replied")]
[JsonDerivedType(typeof(FailedEntry), "failed")]
[JsonDerivedType(typeof(BatchSentEntry), "batch_sent")]
[JsonDerivedType(typeof(BatchCreatedEntry), "batch_made")]
[JsonDerivedType(typeof(BatchEndedEntry), "batch_ended")]
public abstract record JournalEntry(DateTimeOffset At);

/// <summary>A request is about to be sent. Where no other line tells what came of it, it may have been answered and paid.</summary>
/// <param name="At">When it was written.</param>
/// <param name="Send">Number of the sending.</param>
/// <param name="Request">Name of the request.</param>
/// <param name="Attempt">1, and one more for each reply that could not be read.</param>
/// <param name="Group">What it is about.</param>
/// <param name="Model">Who is asked.</param>
/// <param name="CostAtMost">The most that the reply can cost, in dollars.</param>
public sealed record SentEntry(DateTimeOffset At, long Send, string Request, int Attempt, string Group, string Model, decimal CostAtMost) : JournalEntry(At);

/// <summary>A reply came. It is paid, whatever it says.</summary>
/// <param name="At">When it was written.</param>
/// <param name="Send">Number of the sending; 0 for replies of a batch.</param>
/// <param name="Request">Name of the request.</param>
/// <param name="Attempt">Which attempt it answers.</param>
/// <param name="Group">What it is about.</param>
/// <param name="Context">Hash of the chunks that the request showed.</param>
/// <param name="Model">Who answered.</param>
/// <param name="Prompt">Version of the prompt.</param>
/// <param name="Text">The reply, exactly.</param>
/// <param name="StopReason">Why it ended.</param>
/// <param name="InputTokens">Tokens read.</param>
/// <param name="OutputTokens">Tokens written.</param>
/// <param name="Cost">In dollars.</param>
/// <param name="Seconds">How long it took.</param>
/// <param name="Problem">Why it cannot be read; empty when it can.</param>
public sealed record RepliedEntry(
    DateTimeOffset At, long Send, string Request, int Attempt, string Group, string Context, string Model, string Prompt, string Text, string StopReason,
    long InputTokens, long OutputTokens, decimal Cost, double Seconds, string Problem) : JournalEntry(At)
{
    /// <summary>The reply can be read.</summary>
    [JsonIgnore]
    public bool IsReadable => Problem.Length == 0;
}

/// <summary>No reply came.</summary>
/// <param name="At">When it was written.</param>
/// <param name="Send">Number of the sending; 0 for requests of a batch.</param>
/// <param name="Request">Name of the request.</param>
/// <param name="Attempt">Which attempt.</param>
/// <param name="Group">What it is about.</param>
/// <param name="Error">What happened.</param>
/// <param name="InDoubt">The service may have answered, and may ask to be paid.</param>
public sealed record FailedEntry(DateTimeOffset At, long Send, string Request, int Attempt, string Group, string Error, bool InDoubt) : JournalEntry(At);

/// <summary>A batch is about to be handed in.</summary>
/// <param name="At">When it was written.</param>
/// <param name="Submission">Our name for it.</param>
/// <param name="Model">Who is asked.</param>
/// <param name="Keys">The attempts in it.</param>
/// <param name="CostAtMost">The most that it can cost, in dollars.</param>
public sealed record BatchSentEntry(DateTimeOffset At, string Submission, string Model, IReadOnlyList<string> Keys, decimal CostAtMost) : JournalEntry(At);

/// <summary>The service has the batch.</summary>
/// <param name="At">When it was written.</param>
/// <param name="Submission">Our name for it.</param>
/// <param name="Batch">The service's name for it.</param>
public sealed record BatchCreatedEntry(DateTimeOffset At, string Submission, string Batch) : JournalEntry(At);

/// <summary>Everything that came of the batch is in the journal; or it was found that the service never had it.</summary>
/// <param name="At">When it was written.</param>
/// <param name="Submission">Our name for it.</param>
public sealed record BatchEndedEntry(DateTimeOffset At, string Submission) : JournalEntry(At);
