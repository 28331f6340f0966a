using TurkishLlm.Evaluation.Rewards;
using TurkishLlm.Evaluation.Sampling;
using TurkishLlm.Inference.Batching;
using TurkishLlm.Inference.Decoding;
using TurkishLlm.Inference.Generation;
using TurkishLlm.Model;
using TurkishLlm.Model.Layers;
using TurkishLlm.Spec.Plans;
using TurkishLlm.Tokenization.Chat;

namespace TurkishLlm.Spec.Model;

/// <summary>Samples answers to all questions from a given one on.</summary>
public delegate IReadOnlyList<SampledQuestion> SampleAnswers(
    LanguageModel model, IReadOnlyList<QuestionToSample> questions, int first);

/// <summary>Questions that are asked several times.</summary>
/// <param name="Questions">Number of questions.</param>
/// <param name="Answers">Answers to each.</param>
public sealed record AnswerSamplerCase(int Questions, int Answers)
{
    internal IReadOnlyList<QuestionToSample> Create() =>
    [
        .. Enumerable.Range(0, Questions).Select(i => new QuestionToSample(
            $"rows.jsonl:{i + 1}", new(ChatMessage.User($"Makara {i} hangi depoda, kaç kablo kaldı?")), $"D{i} deposunda.")),
    ];
}

/// <summary>Sampling of training data: SEL-04.</summary>
public static class AnswerSamplerSpec
{
    private static readonly WeightedRewards Rewards = new([new(new LengthReward(2, 4), 1), new(new EndsReward(), 0.5)]);

    /// <summary>SEL-04.</summary>
    public static readonly Requirement<AnswerSamplerCase, SampleAnswers> SEL_04_Samples = new()
    {
        Id = "SEL-04",
        Statement = "Answer k of n to question i is that of a chat alone with the seed s + i·n + k, with the reward of that "
            + "text, also if an interrupted command continues with a later question.",
        Source = "BUG-GEN-01 and BUG-GEN-11 in generated training data",
        CanonicalCases = [new(3, 3), new(2, 5)],
        Subject = (c, at) => Sample(at, c.Answers, Options(at)),
        Holds = (sample, c, at) =>
        {
            using var weights = ModelCase.Weights(BatchCase.Config(at), at);
            using var model = new LanguageModel(weights, ComputeType.Float32);
            var questions = c.Create();
            var expected = questions.Select((question, i) => string.Join(" | ", Enumerable.Range(0, c.Answers).Select(k =>
            {
                var answer = BatchedQuestion.AnswerAlone(
                    at, model, new(question.Prompt, Options(at) with { Seed = at.Seed + (long)i * c.Answers + k }, []));
                return Describe(SampledAnswer.Create(question.Prompt, question.Reference, answer, Rewards));
            }))).ToArray();
            return Verdict.All(Enumerable.Range(0, c.Questions).Select(first => Verdict.SameElements(
                expected[first..],
                [.. sample(model, questions, first).Select(question => string.Join(" | ", question.Answers.Select(Describe)))],
                $"answers from question {first} on")));
        },
        Impostors = new()
        {
            ["all answers to a question have one seed"] = (c, at) => (model, questions, first) =>
            [
                .. Sample(at, c.Answers, Options(at))(model, questions, first).Select(question => question with
                {
                    Answers = [.. question.Answers.Select(_ => question.Answers[0])],
                }),
            ],
            ["seeds begin again where the command continues"] = (c, at) => (model, questions, first) =>
                Sample(at, c.Answers, Options(at))(model, [.. questions.Skip(first)], 0),
            ["neighboring questions share seeds"] = (c, at) => (model, questions, first) =>
            [
                .. Enumerable.Range(first, questions.Count - first).SelectMany(i => Sample(
                    at, c.Answers, Options(at) with { Seed = at.Seed + i })(model, [questions[i]], 0)),
            ],
            ["the next question is answered"] = (c, at) => (model, questions, first) =>
                Sample(at, c.Answers, Options(at))(model, [.. questions.Skip(1), questions[0]], first),
            ["answers are in another order"] = (c, at) => (model, questions, first) =>
            [
                .. Sample(at, c.Answers, Options(at))(model, questions, first).Select(question => question with
                {
                    Answers = [.. question.Answers.Reverse()],
                }),
            ],
            ["answers are always the most likely ones"] = (c, at) =>
                Sample(at, c.Answers, Options(at) with { Temperature = 0 }),
            ["tokens of the prompt count"] = (c, at) => (model, questions, first) =>
            [
                .. Sample(at, c.Answers, Options(at))(model, questions, first).Select(question => question with
                {
                    Answers = [.. question.Answers.Select(answer => answer with { Tokens = answer.Tokens + 20 })],
                }),
            ],
        },
    };

    /// <summary>All requirements of this class.</summary>
    public static IReadOnlyList<Requirement> All => [SEL_04_Samples];

    // Few candidates: among thousands that are nearly equal, the rounding of another batch would decide.
    private static SamplingOptions Options(Conditions at) =>
        new() { MaxTokens = 9, Temperature = 1.5, TopK = 8, Seed = at.Seed };

    private static string Describe(SampledAnswer answer) =>
        FormattableString.Invariant($"{answer.Text} ({answer.Tokens}, {answer.EndsByItself}, {answer.Reward:R})");

    private static SampleAnswers Sample(Conditions at, int answers, SamplingOptions options) => (model, questions, first) =>
    {
        using var decoder = new TensorDecoder(model);
        using var scheduler = new BatchScheduler(decoder, at.Tokenizer, new() { MaxTexts = 4 }, TimeProvider.System);
        var sampler = new AnswerSampler(
            scheduler, new ChatTemplate(at.Tokenizer), new(Rewards, ["length.minimum: 2", "ends: 0.5"]), options, answers);
        return [.. sampler.Sample(questions, first)];
    };
}
