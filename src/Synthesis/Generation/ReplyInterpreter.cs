using TurkishLlm.Synthesis.Verdicts;

namespace TurkishLlm.Synthesis.Generation;

/// <summary>
/// Interprets received replies: the text, the tokens, the cost, and why a reply is unreadable. This happens whenever a journal is
/// read, so after a fix of this class, replies that were paid earlier become readable.
/// </summary>
public static class ReplyInterpreter
{
    /// <summary>Interprets a reply. Nothing in it makes this method throw.</summary>
    public static InterpretedReply Interpret(ReceivedEntry received)
    {
        ArgumentNullException.ThrowIfNull(received);
        var body = ReadBody(received);
        var problem = body.Problem;
        var kind = body.Kind;
        if (problem.Length == 0 && FindProblem(received.Group, body.Text) is { Length: > 0 } unreadable)
        {
            problem =
                (ReplyBody.IsCutOff(body.StopReason) ? "cut off at the maximum number of tokens; " : "") + unreadable;
            if (ReplyBody.IsFilter(body.StopReason))
                (kind, problem) = (ReplyKind.Refusal, $"the service withholds the rest of the reply ({body.StopReason})");
        }
        var cost = body is { InputTokens: { } input, OutputTokens: { } output } ? received.Price.ComputeCost(input, output)
            : kind == ReplyKind.Error ? 0
            : received.CostAtMost;
        return new(
            new(
                received.At, received.Send, received.Request, received.Attempt, received.Group, received.Context, received.Model,
                received.Prompt, body.Text, body.StopReason, body.InputTokens ?? 0, body.OutputTokens ?? 0, cost,
                received.Seconds, problem),
            kind, body.InputTokens is not null && body.OutputTokens is not null, body.Error);
    }

    private static string FindProblem(string group, string text) =>
        group.StartsWith(Judge.Prefix, StringComparison.Ordinal) ? Judge.FindProblem(text) : ReplyParser.FindProblem(text);

    private static ModelReply ReadBody(ReceivedEntry received)
    {
        if (received.Encoding == BodyEncoding.Base64) return ModelReply.Damaged("the body is not UTF-8");
        return received.Format switch
        {
            ReplyFormat.Recorded => ReadRecorded(received.Body),
            ReplyFormat.OpenAIBatch or ReplyFormat.AnthropicBatch => BatchResult.Read(received.Body),
            _ => ReplyBody.Read(received.Body),
        };
    }

    private static ModelReply ReadRecorded(string body)
    {
        try
        {
            var reply = JsonText.Deserialize<RecordedReply>(body, "recorded reply");
            return new(reply.Text, reply.InputTokens, reply.OutputTokens, "end_turn");
        }
        catch (InvalidDataException error)
        {
            return ModelReply.Damaged(error.Message);
        }
    }
}
