using TurkishLlm.Inference.Chat;
using TurkishLlm.Inference.Decoding;
using TurkishLlm.Inference.Generation;
using TurkishLlm.Model;
using TurkishLlm.Model.Parameters;
using TurkishLlm.Spec.Plans;
using TurkishLlm.Tokenization.Chat;

namespace TurkishLlm.Spec.Model;

/// <summary>Questions that are asked at the same time, and a second question in each conversation.</summary>
/// <param name="Texts">Number of caches; fewer than questions, so that texts join when others leave.</param>
/// <param name="PrefillTokens">Prompt tokens per step.</param>
/// <param name="Questions">For each question, its words and the maximum number of tokens of its answer.</param>
public sealed record BatchCase(int Texts, int PrefillTokens, params IReadOnlyList<(int Words, int Tokens)> Questions)
{
    private const int ContextLength = 400;

    internal static ModelConfig Config(Conditions at) => new(
        at.Tokenizer.VocabularySize, dModel: 40, nLayers: 2, nHeads: 4, nKvHeads: 2, dFf: 72, maxSeqLen: ContextLength);

    /// <summary>
    /// The questions; every second answer has a stop sequence, and one question is canceled. Sampled from few candidates, or from
    /// all at a temperature at which they are far apart: among thousands that are nearly equal, the rounding of another batch
    /// would decide.
    /// </summary>
    internal IReadOnlyList<BatchedQuestion> Create(Conditions at, LanguageModel model) =>
    [
        .. Questions.Select((question, i) =>
        {
            var asked = new BatchedQuestion(
                new(ChatMessage.User(string.Join(' ', Enumerable.Range(0, question.Words).Select(word => $"kablo {i} {word}")))),
                new SamplingOptions
                {
                    MaxTokens = question.Tokens, Temperature = i % 2 == 0 ? 1.5 : 0.1, TopK = i % 2 == 0 ? 8 : 0,
                    Seed = at.Seed + i,
                },
                []);
            return i % 2 == 0 ? asked : asked with { Stops = FindStops(at, model, asked) };
        }),
    ];

    /// <summary>The next question of each conversation; its beginning is cached.</summary>
    internal static IReadOnlyList<BatchedQuestion> Continue(
        Conditions at, IReadOnlyList<BatchedQuestion> asked, IReadOnlyList<Answer> answers) =>
    [
        .. asked.Zip(answers).Where(pair => !string.IsNullOrWhiteSpace(pair.Second.Text)).Select((pair, i) => pair.First with
        {
            Conversation = pair.First.Conversation.Append(ChatMessage.Assistant(pair.Second.Text))
                .Append(ChatMessage.User($"Peki {i}. makara?")),
            Options = pair.First.Options with { Seed = at.Seed + 100 + i },
            Stops = [],
        }),
    ];

    /// <inheritdoc/>
    public override string ToString() =>
        $"{Questions.Count} questions, {Texts} at once, {PrefillTokens} prompt tokens per step";

    // Characters from the middle of the answer, so that it ends there.
    private static IReadOnlyList<string> FindStops(Conditions at, LanguageModel model, BatchedQuestion asked)
    {
        var text = BatchedQuestion.AnswerAlone(at, model, asked).Text;
        for (var i = text.Length / 2; i + 2 <= text.Length; i++)
            if (!char.IsSurrogate(text[i]) && !char.IsSurrogate(text[i + 1])) return [text.Substring(i, 2)];
        return [];
    }
}

/// <summary>A question of a batch.</summary>
/// <param name="Conversation">The conversation.</param>
/// <param name="Options">Sampling options with the seed.</param>
/// <param name="Stops">Texts before which the answer ends.</param>
public sealed record BatchedQuestion(Conversation Conversation, SamplingOptions Options, IReadOnlyList<string> Stops)
{
    /// <summary>Answers the question as <c>chat</c> does.</summary>
    internal static Answer AnswerAlone(Conditions at, LanguageModel model, BatchedQuestion asked)
    {
        using var chat = new ChatModel(model, at.Tokenizer, new ChatTemplate(at.Tokenizer));
        return chat.Answer(asked.Conversation, asked.Options, stopSequences: asked.Stops);
    }
}
