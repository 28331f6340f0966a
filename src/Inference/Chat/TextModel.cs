using System.Text;
using TurkishLlm.Inference.Decoding;
using TurkishLlm.Inference.Generation;
using TurkishLlm.Model;
using TurkishLlm.Tokenization;
using TurkishLlm.Tokenization.Chat;

namespace TurkishLlm.Inference.Chat;

/// <summary>
/// A model of running text that is asked questions before fine-tuning. A conversation becomes text: the system prompt, then
/// <c>Metin: …</c> for each context, <c>Soru: …</c> and <c>Cevap: …</c>, with an empty line between questions. The text ends with
/// <c>Cevap:</c>, and the answer follows after a space.
/// </summary>
/// <remarks>
/// The answer is encoded separately from the prompt, so the prompt has the same tokens for every answer. Its score has the tokens
/// of the answer alone, without an end of document, as lm-evaluation-harness scores continuations. Spec: EVL-32, EVL-33.
/// </remarks>
public sealed class TextModel : IAnswerModel
{
    private const string AnswerMark = "Cevap:", Gap = "\n\n";

    // The answer ends where the next question would begin.
    private static readonly string[] StopSequences = [Gap, "\nSoru:"];

    private readonly IDecoder _decoder;
    private readonly Tokenizer _tokenizer;
    private readonly PrefixCache _cache;

    /// <param name="decoder">The decoder. The caller disposes it, after this object.</param>
    /// <param name="tokenizer">The tokenizer that the model was trained with.</param>
    public TextModel(IDecoder decoder, Tokenizer tokenizer)
    {
        ArgumentNullException.ThrowIfNull(decoder);
        ArgumentNullException.ThrowIfNull(tokenizer);
        (_decoder, _tokenizer) = (decoder, tokenizer);
        _cache = new PrefixCache(decoder, decoder.Config.MaxSeqLen);
    }

    /// <param name="model">A model, run by libtorch. The caller disposes it.</param>
    /// <param name="tokenizer">The tokenizer that the model was trained with.</param>
    public TextModel(LanguageModel model, Tokenizer tokenizer)
        : this(new TensorDecoder(model), tokenizer)
    {
    }

    /// <inheritdoc/>
    public int ContextLength => _decoder.Config.MaxSeqLen;

    /// <inheritdoc/>
    public bool HasTurns => false;

    /// <summary>Returns the text of a conversation up to its answer.</summary>
    /// <param name="conversation">A conversation that awaits an answer.</param>
    public static string RenderPrompt(Conversation conversation)
    {
        ArgumentNullException.ThrowIfNull(conversation);
        var text = new StringBuilder();
        foreach (var message in conversation.Messages)
            switch (message.Role)
            {
                case ChatRole.User:
                    foreach (var context in message.Context) text.Append("Metin: ").Append(context).Append('\n');
                    text.Append("Soru: ").Append(message.Text).Append('\n');
                    break;
                case ChatRole.Assistant:
                    text.Append(AnswerMark).Append(' ').Append(message.Text).Append(Gap);
                    break;
                default:
                    text.Append(message.Text).Append(Gap);
                    break;
            }
        return text.Append(AnswerMark).ToString();
    }

    /// <inheritdoc/>
    public int GetAnswerBudget(int maxTokens) => Math.Clamp(ContextLength / 4, 1, maxTokens);

    /// <inheritdoc/>
    public Conversation? FitToContext(Conversation conversation, int reservedTokens) =>
        EncodePrompt(conversation).Count + reservedTokens <= ContextLength ? conversation : null;

    /// <inheritdoc/>
    public int CountTokens(Conversation conversation, ChatMessage answer) => EncodeAnswer(answer).Count;

    /// <inheritdoc/>
    public IReadOnlyList<double> ComputeLosses(Conversation conversation, ChatMessage answer) =>
        _cache.ComputeLosses(EncodePrompt(conversation), EncodeAnswer(answer));

    /// <inheritdoc/>
    public Answer Answer(Conversation conversation, SamplingOptions options, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(options);
        var prompt = EncodePrompt(conversation);
        var (ids, text, ending) = (new List<int>(), new StringBuilder(), FinishReason.Length);
        var (decoder, stop) = (new StreamingDecoder(_tokenizer), new StopSequenceFilter(StopSequences));
        var free = options with { StopIds = [], MaxTokens = Math.Min(options.MaxTokens, ContextLength - prompt.Count) };
        foreach (var id in new TextGenerator(_decoder).Generate(_cache, prompt, free, cancellationToken))
        {
            if (id < SpecialTokens.Count)
            {
                ending = FinishReason.ControlToken;
                break;
            }
            ids.Add(id);
            text.Append(stop.Push(decoder.Push(id)));
            if (!stop.HasStopped) continue;
            ending = FinishReason.StopSequence;
            break;
        }
        text.Append(stop.Push(decoder.Flush())).Append(stop.Flush());
        if (ending == FinishReason.Length && cancellationToken.IsCancellationRequested) ending = FinishReason.Cancelled;
        return new(text.ToString().Trim(), ending, ids);
    }

    /// <inheritdoc/>
    public void Dispose() => _cache.Dispose();

    private List<int> EncodePrompt(Conversation conversation) =>
        [SpecialTokens.BeginOfText, .. _tokenizer.EncodeToIds(RenderPrompt(conversation))];

    private IReadOnlyList<int> EncodeAnswer(ChatMessage answer) => _tokenizer.EncodeToIds($" {answer.Text}");
}
