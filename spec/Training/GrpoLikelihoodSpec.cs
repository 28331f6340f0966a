using TorchSharp;
using TurkishLlm.Model;
using TurkishLlm.Spec.Model;
using TurkishLlm.Spec.Plans;
using TurkishLlm.Training.Objectives.Reinforcement;
using static TorchSharp.torch;

namespace TurkishLlm.Spec.Training;

/// <summary>Measures the log-probability of each token of each answer.</summary>
public delegate IReadOnlyList<IReadOnlyList<double>> MeasureAnswers(
    LanguageModel model, IReadOnlyList<RolloutAnswer> answers, double temperature);

/// <summary>Log-probabilities of sampled answers: GRP-05.</summary>
public static class GrpoLikelihoodSpec
{
    public static readonly Requirement<GrpoAnswerCase, MeasureAnswers> GRP_05_Likelihood = new()
    {
        Id = "GRP-05",
        Statement = "The log-probability of each token of an answer is the oracle's in the distribution that it was sampled "
            + "from, softmax(logits ÷ temperature), in any batch.",
        Source = "Shao et al. 2024, equation 3; BUG-GRP-05, BUG-DPO-01, BUG-DPO-02; probe P-PAD; TOL-ANSWER",
        CanonicalCases = GrpoAnswerCase.Usual,
        PlanCases = GrpoAnswerCase.FromPlan,
        Subject = (_, _) => Measure,
        Holds = (measure, c, at) =>
        {
            using var weights = ModelCase.Weights(c.Model.Config, at);
            using var model = new LanguageModel(weights, at.ComputeType);
            var answers = c.Answers(at, weights);
            var found = measure(model, answers, c.Temperature);
            return Verdict.All(answers.Index().SelectMany(answer =>
            {
                var (expected, largest) = (c.Oracle(weights, answer.Item), c.Largest(weights, answer.Item));
                return expected.Select((p, t) => Verdict.AtMost(
                    c.AllowedToken(at, largest),
                    found[answer.Index].Count == expected.Length ? Math.Abs(found[answer.Index][t] - p) : double.NaN,
                    FormattableString.Invariant($"token {t} of answer {answer.Index}, |Δ| in nats")));
            }));
        },
        Impostors = new()
        {
            ["temperature 1"] = (_, _) => (model, answers, _) => Measure(model, answers, 1),
            ["multiplied by the temperature"] = (_, _) => (model, answers, temperature) =>
                Measure(model, answers, 1 / temperature),
            ["the logarithm is divided by the temperature"] = (_, _) => (model, answers, temperature) =>
                [.. Measure(model, answers, 1).Select(tokens => (IReadOnlyList<double>)[.. tokens.Select(p => p / temperature)])],
            ["one token late"] = (_, _) => (model, answers, temperature) => Measure(
                model,
                [
                    .. answers.Select(answer => answer with
                    {
                        Prompt = [.. answer.Prompt, answer.Answer[0]],
                        Answer = [.. answer.Answer.Skip(1), answer.Answer[^1]],
                    }),
                ],
                temperature),
            ["the tokens before them"] = (_, _) => (model, answers, temperature) => Measure(
                model,
                [
                    .. answers.Select(answer => answer with
                    {
                        Prompt = [.. answer.Prompt.SkipLast(1)], Answer = [answer.Prompt[^1], .. answer.Answer.SkipLast(1)],
                    }),
                ],
                temperature),
            ["the question is not read"] = (_, _) => (model, answers, temperature) =>
                Measure(model, [.. answers.Select(answer => answer with { Prompt = [answer.Prompt[^1]] })], temperature),
            ["the question of the next answer"] = (_, _) => (model, answers, temperature) => Measure(
                model, [.. answers.Select((answer, i) => answer with { Prompt = answers[(i + 1) % answers.Count].Prompt })],
                temperature),
            ["renormalized over the forty most likely tokens"] = (_, _) => MeasureTop,
        },
    };

    public static IReadOnlyList<Requirement> All => [GRP_05_Likelihood];

    private static IReadOnlyList<IReadOnlyList<double>> Measure(
        LanguageModel model, IReadOnlyList<RolloutAnswer> answers, double temperature) =>
        AnswerLikelihood.Measure(model, answers, temperature, batchSize: 2);

    private static IReadOnlyList<IReadOnlyList<double>> MeasureTop(
        LanguageModel model, IReadOnlyList<RolloutAnswer> answers, double temperature)
    {
        using var grad = no_grad();
        using var scope = NewDisposeScope();
        var sums = answers.Select(answer =>
        {
            var (inputs, _) = GrpoAnswerCase.Row(answer);
            var logits = model.Forward(tensor(inputs, [1, inputs.Length], device: model.Device))[0] / temperature;
            var mass = nn.functional.softmax(logits, 1).topk(40, 1).values.sum(1).log();
            return mass.Doubles()[(answer.Prompt.Count - 1)..];
        }).ToArray();
        return
        [
            .. Measure(model, answers, temperature).Select((tokens, i) =>
                (IReadOnlyList<double>)[.. tokens.Select((p, t) => p - sums[i][t])]),
        ];
    }
}
