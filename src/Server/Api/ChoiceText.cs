using TurkishLlm.Inference.Batching;
using TurkishLlm.Inference.Chat;
using TurkishLlm.Inference.Tools;
using TurkishLlm.Tokenization.Chat;

namespace TurkishLlm.Server.Api;

/// <summary>One answer of a request: a single text, or with tools of the server one text per turn.</summary>
/// <param name="texts">The request.</param>
/// <param name="template">The chat template of the model.</param>
/// <param name="index">Number of the answer.</param>
/// <param name="onPart">Receives the parts of all turns as they are generated.</param>
internal sealed class ChoiceText(Submission texts, ChatTemplate template, int index, Func<TextPart, Task> onPart)
{
    private readonly List<TextResult> _results = [];
    private bool _hasText;

    /// <summary>The results of all turns.</summary>
    public IReadOnlyList<TextResult> Results => _results;

    /// <summary>The calls that the server ran.</summary>
    public IReadOnlyList<ToolRun> Runs { get; private set; } = [];

    /// <summary>Waits for the answer, with the text of all turns.</summary>
    public async Task<Answer> ReadAsync()
    {
        if (texts.Call.Tools is not { } tools) return await ReadTurnAsync(texts.Streams[index]);
        var reply = await tools.RunAsync(
            texts.Call.Conversation!, texts.Call.Sampling.Options.MaxTokens,
            (conversation, _) => ReadTurnAsync(
                _results.Count == 0 ? texts.Streams[index] : texts.Continue(index, template.RenderPrompt(conversation))),
            texts.Aborted);
        Runs = reply.Runs;
        var text = string.Join('\n', _results.Select(result => result.Answer.Text).Where(turn => turn.Length > 0));
        // A call of the server that did not run is not the client's to run.
        return reply.Ending is ToolEnding.TooManyCalls or ToolEnding.ContextFull
            ? reply.Answer with { Text = text, FinishReason = FinishReason.Length }
            : reply.Answer with { Text = text };
    }

    private async Task<Answer> ReadTurnAsync(GeneratedText turn)
    {
        var isNewLine = _hasText;
        await foreach (var part in turn.Parts.ReadAllAsync())
        {
            await onPart(isNewLine && part.Text.Length > 0 ? part with { Text = "\n" + part.Text } : part);
            if (part.Text.Length > 0) (isNewLine, _hasText) = (false, true);
        }
        var result = await texts.GetResultAsync(turn);
        _results.Add(result);
        return result.Answer;
    }
}
