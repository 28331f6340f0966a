using TurkishLlm.Plans;
using TurkishLlm.Spec.Oracles.Training;
using TurkishLlm.Spec.Plans;
using TurkishLlm.Tokenization;
using TurkishLlm.Training;

namespace TurkishLlm.Spec.Training;

/// <summary>The files of a shadow run, in a temporary folder: data, weights to start from, and the plan.</summary>
public sealed class ShadowScenario : IDisposable
{
    private const int BaseSteps = 2;
    private readonly string _folder = Directory.CreateTempSubdirectory("turkishllm-shadow-").FullName;

    /// <param name="c">The case.</param>
    /// <param name="at">Conditions of the run.</param>
    public ShadowScenario(ShadowCase c, Conditions at)
    {
        (Shards, Tokenizer) = (at.Data.DirectoryPath, at.Tokenizer);
        var own = new NarrowedPlan(at, _folder);
        Case = c = c.OwnPlan is { } joint ? own.CreateCase(joint) : c;
        Plan = c.OwnPlan is null ? c.Plan(at, _folder) : own.Create(c);
        if (c.Start == ShadowStart.Random) return;
        SaveBase();
        Plan = Plan with
        {
            WarmStart = new WarmStartPlan(BaseFolder, c.StepsBefore, c.Start == ShadowStart.WithMoments)
            {
                GrowVocabulary = c.Start == ShadowStart.Grown,
            },
        };
    }

    /// <summary>The case.</summary>
    public ShadowCase Case { get; }

    /// <summary>The plan of the run.</summary>
    public TrainingPlan Plan { get; }

    /// <summary>Folder of the token shards.</summary>
    public string Shards { get; }

    /// <summary>The tokenizer.</summary>
    public Tokenizer Tokenizer { get; }

    /// <summary>Checkpoint of the weights to start from.</summary>
    public string BaseFolder => Path.Combine(_folder, "base");

    /// <summary>The state of <see cref="BaseFolder"/>; null for random weights.</summary>
    public ShadowState? Base => Plan.WarmStart is null ? null : ShadowState.Read(BaseFolder, BaseSteps);

    /// <summary>Returns the path of a new file or folder.</summary>
    public string GetPath(string name) => Path.Combine(_folder, name);

    /// <inheritdoc/>
    public void Dispose() => Directory.Delete(_folder, recursive: true);

    // A short run on text, of the model before its vocabulary grows.
    private void SaveBase()
    {
        var plan = Plan with
        {
            RunFolder = GetPath("base-run"),
            Model = Plan.Model.With(
                vocabSize: Plan.Model.VocabSize - (Case.Start == ShadowStart.Grown ? ShadowCase.NewTokens : 0)),
            Training = Plan.Training with { SequenceLength = 9, MicroBatchSize = 4, AccumulationSteps = 1 },
            Optimizer = Plan.Optimizer with { Freeze = new() },
            Sft = null,
            Preference = null,
            Lora = null,
        };
        using var trainer = Trainer.Create(new Clearance(plan, reportJson: "{}", digest: "", requirementCount: 0));
        for (var step = 0; step < BaseSteps; step++) trainer.TakeStep();
        trainer.Save(BaseFolder);
    }
}
