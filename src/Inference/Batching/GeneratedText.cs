using System.Threading.Channels;
using TurkishLlm.Inference.Chat;

namespace TurkishLlm.Inference.Batching;

/// <summary>A submitted request: its text as it is generated, and its result.</summary>
public sealed class GeneratedText
{
    // Holds at most one part per token, so a slow reader costs no more than the text.
    private readonly Channel<TextPart> _parts = Channel.CreateUnbounded<TextPart>(new() { SingleReader = true });
    private readonly TaskCompletionSource<TextResult> _result = new(TaskCreationOptions.RunContinuationsAsynchronously);

    internal GeneratedText()
    {
    }

    /// <summary>The text in complete characters. Ends with the text, also if it failed: see <see cref="Result"/>.</summary>
    public ChannelReader<TextPart> Parts => _parts.Reader;

    /// <summary>The whole text. A canceled text is a result too; the task fails only if the text could not be computed.</summary>
    public Task<TextResult> Result => _result.Task;

    internal void Add(TextPart part) => _parts.Writer.TryWrite(part);

    internal void Complete(TextResult result)
    {
        _parts.Writer.TryComplete();
        _result.TrySetResult(result);
    }

    internal void Fail(Exception error)
    {
        _parts.Writer.TryComplete();
        _result.TrySetException(error);
    }
}

/// <summary>What one token adds to a text.</summary>
/// <param name="Text">Complete characters; empty while a character or a possible stop sequence is incomplete.</param>
/// <param name="Token">The token with its probability; null if the request reports none.</param>
public sealed record TextPart(string Text, TokenLogprob? Token);

/// <summary>The result of a request.</summary>
/// <param name="Answer">The text.</param>
/// <param name="CachedTokens">Number of prompt tokens that were cached from an earlier text.</param>
/// <param name="Queued">Time until the text was started.</param>
/// <param name="FirstToken">Time until its first token; null if it has none.</param>
/// <param name="Total">Time until its end.</param>
public sealed record TextResult(Answer Answer, int CachedTokens, TimeSpan Queued, TimeSpan? FirstToken, TimeSpan Total);
