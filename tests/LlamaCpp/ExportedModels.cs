using TurkishLlm.Model;
using TurkishLlm.Model.Formats.Gguf;
using TurkishLlm.Model.Parameters;
using TurkishLlm.Plans;
using TurkishLlm.Runs;
using TurkishLlm.Runs.Gguf;
using TurkishLlm.Tests.Shared;
using TurkishLlm.Tokenization;
using TurkishLlm.Tokenization.Chat;
using TurkishLlm.Training;
using TurkishLlm.Training.Checkpoints;
using static TorchSharp.torch;

namespace TurkishLlm.Tests.LlamaCpp;

/// <summary>
/// Models to compare: a toy that was trained for some steps, the same after fine-tuning, and v1 with random weights. Created once
/// per process, without the gate.
/// </summary>
internal sealed class ExportedModels
{
    private static readonly Lazy<ExportedModels> LazyToy = new(() => Read(Train(Pretraining), null));
    private static readonly Lazy<ExportedModels> LazyChat = new(() => Read(Train(FineTuning), "Kısa ve kesin yanıt ver."));
    private static readonly Lazy<ExportedModels> LazyV1 = new(() => CreateV1(scaled: false));
    private static readonly Lazy<ExportedModels> LazyScaledV1 = new(() => CreateV1(scaled: true));

    private ExportedModels(ParameterTable weights, string tokenizerFolder, ChatTemplate? template) =>
        (Weights, TokenizerFolder, Tokenizer, Template) =
            (weights, tokenizerFolder, Tokenizer.Load(tokenizerFolder), template);

    public static ExportedModels Toy => LazyToy.Value;

    public static ExportedModels Chat => LazyChat.Value;

    public static ExportedModels V1 => LazyV1.Value;

    /// <summary>
    /// v1 with matrices that keep the size of their input: a new model repeats its last token, this one depends on the others.
    /// </summary>
    public static ExportedModels ScaledV1 => LazyScaledV1.Value;

    public ParameterTable Weights { get; }

    public string TokenizerFolder { get; }

    public Tokenizer Tokenizer { get; }

    public ChatTemplate? Template { get; }

    private static TrainingPlan Pretraining => ReferenceRun.Plan with
    {
        Seed = 5,
        RunFolder = Path.Combine(ReferenceRun.Scratch, "toy"),
        Model = ModelConfig.Toy(2048),
        Training = new BatchingPlan(Steps: 120, MicroBatchSize: 4, SequenceLength: 96, AccumulationSteps: 1),
        Optimizer = new OptimizerPlan(3e-3, 3e-4, WarmupSteps: 10),
        Evaluation = new EvaluationPlan(Every: 0, Windows: 2),
        Samples = new SamplePlan { Every = 0 },
        Checkpoints = new CheckpointPlan(Every: 0, KeepLast: 1),
    };

    private static TrainingPlan FineTuning => Pretraining with
    {
        RunFolder = Path.Combine(ReferenceRun.Scratch, "chat"),
        Training = new BatchingPlan(Steps: 160, MicroBatchSize: 4, SequenceLength: 128, AccumulationSteps: 1),
        Sft = new SftPlan([new("erp", Path.Combine(ReferenceRun.Fixtures, "sft", "erp.jsonl"))])
        {
            System = "Kısa ve kesin yanıt ver.",
        },
    };

    /// <summary>Exports the model and returns the GGUF file.</summary>
    public string Export(GgufTensorType type)
    {
        var folder = Directory.CreateTempSubdirectory("turkishllm-gguf-").FullName;
        var inScratch = Path.Combine(ReferenceRun.Scratch, Path.GetFileName(folder));
        Directory.Delete(folder);
        GgufModel.Write(inScratch, Weights, TokenizerFolder, Template, type);
        return Path.Combine(inScratch, GgufModel.FileName);
    }

    private static string Train(TrainingPlan plan)
    {
        using (var run = TrainingRun.Open(TestClearance.Create(plan), resume: false))
            run.Train(cancellationToken: TestContext.Current.CancellationToken);
        var folder = RunFolder.OpenExisting(plan.RunFolder);
        return folder.CheckpointFolder(folder.LatestCheckpointStep()!.Value);
    }

    private static ExportedModels Read(string folder, string? system)
    {
        var checkpoint = Checkpoint.Open(folder);
        var tokenizer = ReferenceRun.Plan.Data.Tokenizer;
        return new(
            checkpoint.LoadParameters(checkpoint.Config, CPU), tokenizer,
            system is null ? null : ChatTemplate.Load(folder, Tokenizer.Load(tokenizer)));
    }

    // The reference tokenizer, filled up to 64,000 ids with pairs of bytes.
    private static ExportedModels CreateV1(bool scaled)
    {
        var small = Tokenizer.Load(ReferenceRun.Plan.Data.Tokenizer);
        var known = Enumerable.Range(0, small.VocabularySize).Select(id => Convert.ToHexString(small.GetBytes(id))).ToHashSet();
        var pairs = Enumerable.Range(0, 0x10000)
            .Where(pair => !known.Contains(Convert.ToHexString([(byte)(pair >> 8), (byte)pair])))
            .Select(pair => (VocabularyLayout.FirstByte + (pair >> 8), VocabularyLayout.FirstByte + (pair & 0xFF)));
        var folder = Path.Combine(ReferenceRun.Scratch, "v1-tokenizer");
        new Tokenizer([.. small.Merges, .. pairs.Take(ModelConfig.V1.VocabSize - small.VocabularySize)]).Save(folder);
        var weights = WeightInitializer.Initialize(ModelConfig.V1, seed: 11, CPU);
        using var grad = no_grad();
        foreach (var (name, shape) in weights.Shapes)
            if (scaled && name.Contains("_proj.", StringComparison.Ordinal))
                weights[name].mul_(1 / (Math.Sqrt(shape[1]) * WeightInitializer.GetStandardDeviation(name, ModelConfig.V1)));
        return new(weights, folder, null);
    }
}
