using TorchSharp;
using TurkishLlm.Model;
using TurkishLlm.Model.Parameters;
using TurkishLlm.Plans;
using TurkishLlm.Spec.Model;
using TurkishLlm.Spec.Oracles;
using TurkishLlm.Spec.Plans;
using TurkishLlm.Training.Objectives.Reinforcement;
using TurkishLlm.Training.Optimization;
using static TorchSharp.torch;

namespace TurkishLlm.Spec.Training;

/// <summary>Computes the gradient of a step over sampled answers, in the weights, and returns its loss.</summary>
public delegate double GrpoStep(LanguageModel model, IReadOnlyList<IReadOnlyList<RolloutAnswer>> microBatches);

/// <summary>The gradient of a step over sampled answers: GRP-07.</summary>
public static class GrpoStepSpec
{
    private static readonly GrpoObjective Objective = new(Clip: 0.2, Kl: 0.3);

    public static readonly Requirement<GrpoAnswerCase, GrpoStep> GRP_07_Gradient = new()
    {
        Id = "GRP-07",
        Statement = "Micro-batches of sampled answers give the loss and, for every weight, the gradient of the float64 oracle: "
            + "the tokens of the answers and their ends are learned, the questions and what would follow are not, and the losses "
            + "are divided as the plan says.",
        Source = "Shao et al. 2024, equations 3 and 21; Yu et al. 2025, arXiv:2503.14476, equation 8; Liu et al. 2025, "
            + "arXiv:2503.20783; BUG-GRP-05, BUG-GRP-07, BUG-ACC-01; probe P-ORACLE; TOL-MODEL, TOL-ANSWER",
        CanonicalCases = GrpoAnswerCase.Usual,
        PlanCases = GrpoAnswerCase.FromPlan,
        Subject = (c, _) => (model, batches) => Learn(model, batches, c.Temperature),
        Holds = (step, c, at) =>
        {
            using var weights = ModelCase.Weights(c.Model.Config, at);
            using var model = new LanguageModel(weights, at.ComputeType);
            var answers = c.Answers(at, weights);
            var loss = step(model, [[.. answers.Take(1)], [.. answers.Skip(1)]]);
            return Expected(c, at, weights, answers).Compare(weights, loss, c.Model.AllowedGradient(at));
        },
        Impostors = new()
        {
            ["the question is learned too"] = (c, _) => Changed(c, answer => answer with
            {
                Prompt = [.. answer.Prompt.Take(1)], Answer = [.. answer.Prompt.Skip(1), .. answer.Answer],
                Old = [.. answer.Prompt.Skip(1).Select(_ => answer.Old[0]), .. answer.Old],
                Reference = [.. answer.Prompt.Skip(1).Select(_ => answer.Reference[0]), .. answer.Reference],
            }),
            ["the end of the answer is not learned"] = (c, _) => Changed(c, answer => answer.Answer.Count == 1
                ? answer
                : answer with
                {
                    Answer = [.. answer.Answer.SkipLast(1)],
                    Old = [.. answer.Old.SkipLast(1)],
                    Reference = [.. answer.Reference.SkipLast(1)],
                }),
            ["text after the end is learned"] = (c, _) => Changed(c, answer => answer with
            {
                Answer = [.. answer.Answer, 5], Old = [.. answer.Old, answer.Old[^1]],
                Reference = [.. answer.Reference, answer.Reference[^1]],
            }),
            ["the first token is not learned"] = (c, _) => Changed(c, answer => answer.Answer.Count == 1 ? answer : answer with
            {
                Prompt = [.. answer.Prompt, answer.Answer[0]], Answer = [.. answer.Answer.Skip(1)],
                Old = [.. answer.Old.Skip(1)], Reference = [.. answer.Reference.Skip(1)],
            }),
            ["temperature 1"] = (_, _) => (model, batches) => Learn(model, batches, temperature: 1),
            ["losses are divided in another way"] = (c, _) => Weighed(c, (LossNormalization)(((int)c.Normalization + 1) % 3)),
            ["losses are divided in a third way"] = (c, _) => Weighed(c, (LossNormalization)(((int)c.Normalization + 2) % 3)),
            ["losses are not divided"] = (c, _) => Changed(c, answer => answer with { Weight = 1 }),
            ["the mean of the means of micro-batches"] = (c, _) => (model, batches) => Learn(
                model,
                [
                    .. batches.Select(batch => (IReadOnlyList<RolloutAnswer>)
                    [
                        .. batch.Select(answer => answer with
                        {
                            Weight = answer.Weight * batches.Sum(one => one.Count) / (batches.Count * (double)batch.Count),
                        }),
                    ]),
                ],
                c.Temperature),
            ["the last micro-batch is dropped"] = (c, _) => (model, batches) => GradientAccumulation.Compute(
                model, batches.SkipLast(1).Select(batch => new GrpoBatch(batch, Objective, c.Temperature, model.Device)),
                new LossTermCount(batches[0].Count, batches.Sum(batch => batch.Count)), training: false),
            ["one advantage for all"] = (c, _) => Changed(c, answer => answer with { Advantage = 0.9 }),
            ["ratios are those of the first step"] = (c, _) => (model, batches) => Learn(
                model,
                [
                    .. batches.Select(batch => AnswerLikelihood.Measure(model, batch, c.Temperature, batch.Count)
                        .Zip(batch, (old, answer) => answer with { Old = old }).ToArray()),
                ],
                c.Temperature),
            ["the reference is the sampling policy"] = (c, _) => Changed(c, answer => answer with { Reference = answer.Old }),
            ["the final norm has no gradient"] = (c, _) => (model, batches) =>
            {
                var loss = Learn(model, batches, c.Temperature);
                using var grad = no_grad();
                model.Parameters["norm.weight"].grad = zeros_like(model.Parameters["norm.weight"]);
                return loss;
            },
        },
    };

    public static IReadOnlyList<Requirement> All => [GRP_07_Gradient];

    private static double Learn(
        LanguageModel model, IReadOnlyList<IReadOnlyList<RolloutAnswer>> batches, double temperature) =>
        GradientAccumulation.Compute(
            model, batches.Select(batch => new GrpoBatch(batch, Objective, temperature, model.Device)),
            batches.Sum(batch => batch.Count), training: false);

    private static GrpoStep Changed(GrpoAnswerCase c, Func<RolloutAnswer, RolloutAnswer> change) => (model, batches) =>
        Learn(model, [.. batches.Select(batch => (IReadOnlyList<RolloutAnswer>)[.. batch.Select(change)])], c.Temperature);

    private static GrpoStep Weighed(GrpoAnswerCase c, LossNormalization normalization) => (model, batches) =>
    {
        var factors = AnswerWeights.Compute(
            [.. batches.SelectMany(batch => batch).Select(answer => answer.Answer.Count)], normalization,
            GrpoAnswerCase.MaxNewTokens);
        var number = 0;
        return Learn(
            model,
            [
                .. batches.Select(batch => (IReadOnlyList<RolloutAnswer>)
                    [.. batch.Select(answer => answer with { Weight = factors[number++] })]),
            ],
            c.Temperature);
    };

    // Runs the oracle for each token alone and combines the gradients by the chain rule.
    private static ExpectedStep Expected(
        GrpoAnswerCase c, Conditions at, ParameterTable weights, IReadOnlyList<RolloutAnswer> answers)
    {
        var oracle = new TransformerOracle(c.Model.Sizes, c.Tempered(weights));
        var step = new ExpectedStep();
        foreach (var answer in answers)
        {
            var (inputs, targets) = GrpoAnswerCase.Row(answer);
            var (tokens, error) = (c.Oracle(weights, answer), c.AllowedToken(at, c.Largest(weights, answer)));
            step.SlopeError = Math.Max(step.SlopeError, Math.Exp(1) * error);
            for (var t = 0; t < tokens.Length; t++)
            {
                var cost = GrpoOracle.Token(
                    tokens[t], answer.Old[t], answer.Reference[t], answer.Advantage, Objective.Clip, Objective.Kl);
                var weight = answer.Weight / answers.Count;
                step.Loss += cost.Loss * weight;
                step.AllowedLoss += Math.Abs(weight) * error * (Math.Abs(answer.Advantage) * Math.Exp(1) + 2 * Objective.Kl);
                var position = answer.Prompt.Count - 1 + t;
                long[] only = [.. targets.Select((id, i) => i == position ? id : CrossEntropyOracle.IgnoreIndex)];
                Add(oracle.Run(inputs, only, batch: 1, count: 1), -cost.Slope * weight);
            }
        }
        return step;

        void Add(TransformerResult token, double slope)
        {
            foreach (var (name, gradient) in token.Gradients)
                step.Add(name, gradient, name == "norm.weight" ? slope / c.Temperature : slope);
        }
    }
}
