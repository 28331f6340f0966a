using System.Text;
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
        var (characters, filter) = (new StreamingDecoder(tokenizer), new StopSequenceFilter(stops));
        var text = new StringBuilder();
        foreach (var id in new TextGenerator(decoder).Generate(prompt, options, cancellationToken))
        {
            TokenCount++;
            Emit(filter.Push(characters.Push(id)));
            if (filter.HasStopped) break;
        }
        if (!filter.HasStopped) Emit(filter.Push(characters.Flush()));
        Emit(filter.Flush());
        FinishReason = filter.HasStopped ? "stop_sequence"
            : cancellationToken.IsCancellationRequested ? "canceled"
            : TokenCount < options.MaxTokens ? "end_of_text"
            : "length";
        return text.ToString();

        void Emit(string chunk)
        {
            if (chunk.Length == 0) return;
            text.Append(chunk);
            onText(chunk);
        }
    }
}
