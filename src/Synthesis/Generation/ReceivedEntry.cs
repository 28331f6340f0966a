namespace TurkishLlm.Synthesis.Generation;

/// <summary>
/// A reply as received. It is written before anything is read from it, and interpreted whenever the journal is read, so a better
/// interpretation never costs a second request.
/// </summary>
/// <param name="At">Time of writing.</param>
/// <param name="Send">Number of the send; 0 for results of a batch.</param>
/// <param name="Batch">The service's name of the batch; empty for single requests.</param>
/// <param name="Request">Id of the request; empty if a result of a batch does not name it.</param>
/// <param name="Attempt">Number of the attempt that it answers.</param>
/// <param name="Group">The group or pair that the request is about.</param>
/// <param name="Context">Hash of the chunks in the request.</param>
/// <param name="Model">Name of the model.</param>
/// <param name="Prompt">Version of the prompt.</param>
/// <param name="Format">The protocol.</param>
/// <param name="Encoding">How <paramref name="Body"/> represents the received bytes.</param>
/// <param name="Body">The body.</param>
/// <param name="Price">Price of the model, with which the cost is computed.</param>
/// <param name="CostAtMost">Maximum cost in dollars. It is counted if the reply does not give its tokens.</param>
/// <param name="Seconds">Duration in seconds.</param>
public sealed record ReceivedEntry(
    DateTimeOffset At, long Send, string Batch, string Request, int Attempt, string Group, string Context, string Model,
    string Prompt, ReplyFormat Format, BodyEncoding Encoding, string Body, ModelPrice Price, decimal CostAtMost, double Seconds)
    : JournalEntry(At);
