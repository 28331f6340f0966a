using TurkishLlm.Inference.Chat;
using TurkishLlm.Inference.Decoding;
using TurkishLlm.Inference.Generation;
using TurkishLlm.Tokenization;

namespace TurkishLlm.Cli.Chat;

/// <summary>Continues a prompt in whole characters until a stop token, a stop text or the maximum length.</summary>
/// <param name="decoder">The model.</param>
/// <param name="tokenizer">Its tokenizer.</param>
/// <param name="options">How to sample.</param>
/// <param name="stops">Texts before which the continuation ends.</param>
internal sealed class TextContinuation(
    IDecoder decoder, Tokenizer tokenizer, SamplingOptions options, IReadOnlyList<string> stops)
{
    /// <summary>Number of tokens generated.</summary>
    public int TokenCount { get; private set; }

    /// <summary>Why the continuation ended: end_of_text, stop_sequence, length or canceled.</summary>
    public string FinishReason { get; private set; } = "length";

    /// <summary>Generates the text.</summary>
    /// <param name="prompt">Token ids.</param>
    /// <param name="onText">Receives the text as it is generated.</param>
    /// <param name="cancellationToken">Ends the text before the next token.</param>
    public string Generate(IReadOnlyList<int> prompt, Action<string> onText, CancellationToken cancellationToken)
    {
        var text = new AnswerBuilder(tokenizer, stops, onText, options.StopIds);
        var free = options with { StopIds = [] };
        foreach (var id in new TextGenerator(decoder).Generate(prompt, free, cancellationToken))
            if (!text.Push(id)) break;
        var answer = text.Build(cancellationToken.IsCancellationRequested);
        TokenCount = answer.TokenIds.Count;
        FinishReason = answer.FinishReason switch
        {
            Inference.Chat.FinishReason.StopSequence => "stop_sequence",
            Inference.Chat.FinishReason.EndOfText => "end_of_text",
            Inference.Chat.FinishReason.Cancelled => "canceled",
            _ => "length",
        };
        return answer.Text;
    }
}
