using TorchSharp;
using TurkishLlm.Model;
using TurkishLlm.Model.Layers;
using TurkishLlm.Model.Parameters;
using TurkishLlm.Spec.Impostors;
using TurkishLlm.Spec.Model;
using TurkishLlm.Spec.Plans;
using TurkishLlm.Specification.LanguageModels.Reference;
using TurkishLlm.Training.Objectives;
using TurkishLlm.Training.Optimization;
using static TorchSharp.torch;

namespace TurkishLlm.Spec.Training;

/// <summary>Weights and their training step. Owns both.</summary>
/// <param name="Parameters">The weights.</param>
/// <param name="Step">Takes one step on a batch and returns its loss before the step.</param>
/// <param name="Owned">Another object to dispose.</param>
public sealed record TrainingSubject(ParameterTable Parameters, Func<TokenBatch, double> Step, IReadOnlyList<IDisposable> Owned)
    : IDisposable
{
    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var owned in Owned) owned.Dispose();
        Parameters.Dispose();
    }
}

/// <summary>Training reduces the loss: P40, P42.</summary>
public static class LearningSpec
{
    private static readonly AdamWSettings Settings = new(0.9, 0.95, 1e-8, 0.1);

    public static readonly Requirement<ModelCase, TrainingSubject> P40_EveryWeightMoves = new()
    {
        Id = "P40",
        Statement = "One step of the optimizer changes every weight of the model.",
        Source = "Reference report, section 11, test 40; probe P-INVENTORY; BUG-OPT-09, BUG-OPT-14, BUG-PLB-01",
        CanonicalCases = ModelCase.Usual,
        PlanCases = ModelCase.FewTokensFromPlan,
        Subject = Real,
        Holds = (learner, c, at) =>
        {
            var before = learner.Parameters.Doubles();
            learner.Step(Batch(c, at));
            return Verdict.All(learner.Parameters.Names.Select(name => Verdict.AtLeast(
                1e-4, learner.Parameters[name].Doubles().LargestDifference(before[name]), $"largest change of {name}")));
        },
        Impostors = new()
        {
            ["up unused"] = Planted(LayerBug.UpUnused),
            ["one block shared"] = Planted(ModelBug.OneBlockShared),
            ["no final norm"] = Planted(ModelBug.NoFinalNorm),
            ["graph cut"] = Planted(ModelBug.GraphCut),
            ["created before the weights were moved"] = WithStaleOptimizer,
        },
    };

    public static readonly Requirement<ModelCase, TrainingSubject> P42_Overfits = new()
    {
        Id = "P42",
        Statement = "Sixty steps on one batch of random tokens memorize it: the loss falls from about ln V to less than a "
            + "twentieth of it.",
        Source = "Reference report, section 11, test 42",
        CanonicalCases = [new(Width: 48, 2, Heads: 4, KeyValueHeads: 2, Inner: 80, Batch: 2, Time: 9)],
        Subject = Real,
        Holds = (learner, c, at) =>
        {
            var batch = Batch(c, at);
            var first = learner.Step(batch);
            for (var step = 0; step < 59; step++) learner.Step(batch);
            return Verdict.All(
                Verdict.Between(0.9, 1.1, first / Math.Log(c.Vocabulary), "first loss ÷ ln V"),
                Verdict.AtMost(0.05, learner.Step(batch) / Math.Log(c.Vocabulary), "last loss ÷ ln V"));
        },
        Impostors = new()
        {
            ["gradients are cleared before the step"] = (c, at) => CreateSubject(c, at, (parameters, optimizer, model) => batch =>
            {
                var loss = GradientAccumulation.Compute(model, [batch], batch.LossTerms);
                parameters.ClearGradients();
                optimizer.Step(Rate);
                return loss;
            }),
            ["gradient ascent"] = (c, at) => CreateSubject(c, at, (parameters, optimizer, model) => batch =>
            {
                var loss = GradientAccumulation.Compute(model, [batch], batch.LossTerms);
                optimizer.Step(-Rate);
                return loss;
            }),
            ["a learning rate of zero"] = (c, at) => CreateSubject(c, at, (parameters, optimizer, model) => batch =>
            {
                var loss = GradientAccumulation.Compute(model, [batch], batch.LossTerms);
                optimizer.Step(0);
                return loss;
            }),
            ["created before the weights were moved"] = WithStaleOptimizer,
        },
    };

    private const double Rate = 0.01;

    public static IReadOnlyList<Requirement> All => [P40_EveryWeightMoves, P42_Overfits];

    private static TokenBatch Batch(ModelCase c, Conditions at) =>
        TokenBatch.Create(c.Ids(at).Longs(), c.Ids(at, salt: 3).Longs(), c.Batch, at.Device);

    private static TrainingSubject Real(ModelCase c, Conditions at) =>
        CreateSubject(c, at, (parameters, optimizer, model) => batch =>
    {
        var loss = GradientAccumulation.Compute(model, [batch], batch.LossTerms);
        GradientClipping.ClipByGlobalNorm(parameters, 1);
        optimizer.Step(Rate);
        return loss;
    });

    private static TrainingSubject CreateSubject(
        ModelCase c, Conditions at, Func<ParameterTable, AdamW, LanguageModel, Func<TokenBatch, double>> step)
    {
        var parameters = WeightInitializer.Initialize(c.Config, at.Seed, at.Device);
        var (optimizer, model) = (new AdamW(parameters, Settings), new LanguageModel(parameters, at.ComputeType));
        return new(parameters, step(parameters, optimizer, model), [optimizer, model]);
    }

    private static TrainingSubject WithStaleOptimizer(ModelCase c, Conditions at)
    {
        var stale = WeightInitializer.Initialize(c.Config, at.Seed, at.Device);
        var parameters = stale.CopyTo(at.Device);
        var (optimizer, model) = (new AdamW(stale, Settings), new LanguageModel(parameters, at.ComputeType));
        return new(parameters, batch =>
        {
            var loss = GradientAccumulation.Compute(model, [batch], batch.LossTerms);
            optimizer.Step(Rate);
            return loss;
        }, [optimizer, model, stale]);
    }

    private static Func<ModelCase, Conditions, TrainingSubject> Planted(PlantedBug bug) => (c, at) =>
    {
        var parameters = WeightInitializer.Initialize(c.Config, at.Seed, at.Device);
        var (optimizer, model) = (new AdamW(parameters, Settings), new PlantedModel(parameters, bug, at.ComputeType));
        return new(parameters, batch =>
        {
            parameters.ClearGradients();
            var loss = CrossEntropy.ComputePerToken(model.Logits(batch.Inputs), batch.Targets).sum() / batch.LossTerms;
            loss.backward();
            optimizer.Step(Rate);
            return loss.ToDouble();
        }, [optimizer, model]);
    };
}
