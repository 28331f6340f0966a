using TurkishLlm.Inference.Batching;
using TurkishLlm.Inference.Chat;
using TurkishLlm.Inference.Decoding;
using TurkishLlm.Inference.Generation;
using TurkishLlm.Model;
using TurkishLlm.Model.Layers;
using TurkishLlm.Spec.Plans;
using TurkishLlm.Tokenization;
using TurkishLlm.Tokenization.Chat;

namespace TurkishLlm.Spec.Model;

/// <summary>Answers questions that are asked at the same time, and then the second questions of the conversations.</summary>
/// <param name="model">The model.</param>
/// <param name="rounds">Returns the questions of a round from the answers of the round before.</param>
public delegate IReadOnlyList<IReadOnlyList<Answer>> AnswerTogether(
    LanguageModel model, Func<IReadOnlyList<IReadOnlyList<Answer>>, IReadOnlyList<BatchedQuestion>?> rounds);

/// <summary>Continuous batching: GEN-31.</summary>
public static class BatchSpec
{
    /// <summary>GEN-31.</summary>
    public static readonly Requirement<BatchCase, AnswerTogether> GEN_31_Batches = new()
    {
        Id = "GEN-31",
        Statement = "The answer to a question depends only on the conversation, the options and the seed: it is that of a chat "
            + "alone, regardless of questions that are answered at the same time, were canceled, or used its memory before.",
        Source = "BUG-GEN-01, BUG-GEN-02, BUG-GEN-10 and BUG-GEN-11 in a server",
        CanonicalCases =
        [
            new(3, 7, (4, 12), (9, 14), (2, 6), (6, 12), (3, 9)),
            new(2, 64, (12, 18), (1, 10), (5, 16)),
        ],
        Subject = (c, at) => Schedule(c, at, decoder => decoder),
        Holds = (answer, c, at) =>
        {
            using var weights = ModelCase.Weights(BatchCase.Config(at), at);
            // In float32 under all conditions: rounding in bfloat16 depends on how a prompt is divided, and may decide a token.
            using var model = new LanguageModel(weights, ComputeType.Float32);
            var questions = new List<IReadOnlyList<BatchedQuestion>>();
            var actual = answer(model, earlier =>
            {
                if (earlier.Count == 2) return null;
                questions.Add(earlier.Count == 0
                    ? c.Create(at, model)
                    : BatchCase.Continue(at, questions[0], [.. questions[0].Select(asked => Alone(at, model, asked))]));
                return questions[^1];
            });
            return Verdict.All(questions.SelectMany((round, i) => round.Select((asked, j) =>
            {
                var expected = Alone(at, model, asked);
                return Verdict.Equal(
                    Describe(expected), actual[i].Count > j ? Describe(actual[i][j]) : "no answer", $"round {i}, answer {j}");
            })));
        },
        Impostors = new()
        {
            ["texts share one stream of random numbers"] = (_, at) => (model, rounds) =>
                InTurns(at, model, rounds, sharesSampler: true, sharesEnding: false),
            ["the stop sequence of one text ends all"] = (_, at) => (model, rounds) =>
                InTurns(at, model, rounds, sharesSampler: false, sharesEnding: true),
            ["each text gets the logits of the next"] = (c, at) => Faulty(c, at, FaultyDecoder.Bug.LogitsOfTheNext),
            ["two texts have one cache"] = (c, at) => Faulty(c, at, FaultyDecoder.Bug.SharedCache),
            ["the text before stays in the cache"] = (c, at) => Faulty(c, at, FaultyDecoder.Bug.NotCropped),
            ["a cache loses a token when it is used again"] = (c, at) => Faulty(c, at, FaultyDecoder.Bug.CroppedTooFar),
            ["seeds are numbered by the batch"] = (c, at) => (model, rounds) =>
                Schedule(c, at, decoder => decoder)(model, earlier => rounds(earlier)?
                    .Select((asked, i) => asked with { Options = asked.Options with { Seed = i } }).ToArray()),
        },
    };

    /// <summary>All requirements of this class.</summary>
    public static IReadOnlyList<Requirement> All => [GEN_31_Batches];

    private static Answer Alone(Conditions at, LanguageModel model, BatchedQuestion asked) =>
        BatchedQuestion.AnswerAlone(at, model, asked);

    private static string Describe(Answer answer) =>
        $"{string.Join(' ', answer.TokenIds)} ({answer.FinishReason}): {answer.Text}";

    private static AnswerTogether Faulty(BatchCase c, Conditions at, FaultyDecoder.Bug bug) =>
        Schedule(c, at, decoder => new FaultyDecoder(decoder, bug));

    private static AnswerTogether Schedule(BatchCase c, Conditions at, Func<IDecoder, IDecoder> wrap) => (model, rounds) =>
    {
        using var decoder = wrap(new TensorDecoder(model));
        using var scheduler = new BatchScheduler(
            decoder, at.Tokenizer, new() { MaxTexts = c.Texts, PrefillTokens = c.PrefillTokens }, TimeProvider.System);
        var answers = new List<IReadOnlyList<Answer>>();
        while (rounds(answers) is { } questions) answers.Add(AnswerRound(scheduler, at, questions));
        return answers;
    };

    // Another question is asked first, and canceled after its first token.
    private static IReadOnlyList<Answer> AnswerRound(
        BatchScheduler scheduler, Conditions at, IReadOnlyList<BatchedQuestion> questions)
    {
        var template = new ChatTemplate(at.Tokenizer);
        using var left = new CancellationTokenSource();
        var canceled = scheduler.Submit(
            new(template.RenderPrompt(questions[0].Conversation), questions[0].Options with { MaxTokens = 200, Seed = -1 })
            {
                TopLogprobs = 0,
            },
            left.Token);
        var streams = questions.Select(asked => scheduler.Submit(
            new(template.RenderPrompt(asked.Conversation), asked.Options) { StopSequences = asked.Stops })).ToArray();
        canceled.Parts.WaitToReadAsync().AsTask().Wait();
        left.Cancel();
        return [.. streams.Select(stream => stream.Result.GetAwaiter().GetResult().Answer)];
    }

    // One token of each text after the other, with something that belongs to one text shared by all.
    private static List<IReadOnlyList<Answer>> InTurns(
        Conditions at, LanguageModel model, Func<IReadOnlyList<IReadOnlyList<Answer>>, IReadOnlyList<BatchedQuestion>?> rounds,
        bool sharesSampler, bool sharesEnding)
    {
        var answers = new List<IReadOnlyList<Answer>>();
        while (rounds(answers) is { } questions)
        {
            using var decoder = new TensorDecoder(model);
            var texts = questions.Select(asked => new TextInTurns(at, decoder, asked)).ToArray();
            var common = new TokenSampler(questions[0].Options);
            while (Array.Exists(texts, text => !text.HasEnded))
            {
                foreach (var text in texts.Where(text => !text.HasEnded)) text.Continue(sharesSampler ? common : text.Sampler);
                if (sharesEnding && Array.Exists(texts, text => text.HasStopped))
                    foreach (var text in texts) text.HasEnded = true;
            }
            answers.Add([.. texts.Select(text => text.End())]);
        }
        return answers;
    }

    private sealed class TextInTurns(Conditions at, TensorDecoder decoder, BatchedQuestion asked)
    {
        private readonly AnswerBuilder _answer = new(at.Tokenizer, asked.Stops);
        private readonly IDecoderSequence _sequence = decoder.CreateSequence(decoder.Config.MaxSeqLen);
        private int[] _next = [.. new ChatTemplate(at.Tokenizer).RenderPrompt(asked.Conversation)];

        public TokenSampler Sampler { get; } = new(asked.Options);

        public bool HasEnded { get; set; }

        public bool HasStopped { get; private set; }

        public void Continue(TokenSampler sampler)
        {
            var logits = new float[decoder.Config.VocabSize];
            decoder.Append([new(_sequence, _next)], logits);
            _next = [sampler.Sample(logits)];
            HasStopped = !_answer.Push(_next[0]);
            HasEnded = HasStopped || _answer.TokenIds.Count == asked.Options.MaxTokens;
        }

        public Answer End()
        {
            _sequence.Dispose();
            return _answer.Build(isCancelled: false);
        }
    }
}
