using TurkishLlm.Data.Corpus;
using TurkishLlm.Model;
using TurkishLlm.Plans;
using TurkishLlm.Spec.Kernel;
using TurkishLlm.Tokenization;

namespace TurkishLlm.Tests.Shared;

/// <summary>
/// The run under whose conditions tests judge: a small model with no two sizes alike, the fixture tokenizer, and shards
/// of the fixture text, prepared once per process.
/// </summary>
internal static class ReferenceRun
{
    private static readonly Lazy<TrainingPlan> LazyPlan = new(CreatePlan);
    private static readonly Lazy<Conditions> LazyConditions = new(() => new Conditions(Plan));

    /// <summary>Folder of the fixtures, beside the test assembly.</summary>
    public static string Fixtures { get; } = Path.Combine(AppContext.BaseDirectory, "fixtures");

    /// <summary>A folder of this process, deleted when it ends.</summary>
    public static string Scratch { get; } = CreateScratch();

    public static TrainingPlan Plan => LazyPlan.Value;

    public static Conditions Conditions => LazyConditions.Value;

    private static TrainingPlan CreatePlan()
    {
        var (tokenizer, shards) = (Path.Combine(Fixtures, "tokenizer"), Path.Combine(Scratch, "shards"));
        CorpusPreparation.Prepare(Tokenizer.Load(tokenizer), new CorpusOptions(Path.Combine(Fixtures, "text"), shards, validationShare: 0.05));
        return new TrainingPlan
        {
            Name = "reference",
            RunFolder = Path.Combine(Scratch, "run"),
            Model = new ModelConfig(vocabSize: 2048, dModel: 48, nLayers: 3, nHeads: 6, nKvHeads: 2, dFf: 104, maxSeqLen: 40),
            Data = new DataPlan(tokenizer, shards),
            Training = new BatchingPlan(Steps: 20, MicroBatchSize: 3, SequenceLength: 37, AccumulationSteps: 2),
            Optimizer = new OptimizerPlan(LearningRate: 3e-3, MinimumLearningRate: 3e-4, WarmupSteps: 4),
            Device = new DeviceChoice(DeviceKind.Cpu),
            Threads = 1,
        };
    }

    private static string CreateScratch()
    {
        var folder = Directory.CreateTempSubdirectory("turkishllm-tests-").FullName;
        AppDomain.CurrentDomain.ProcessExit += (_, _) =>
        {
            try
            {
                Directory.Delete(folder, recursive: true);
            }
            catch (IOException)
            {
                // The system clears its temporary folder; a test run must not fail over it.
            }
        };
        return folder;
    }
}
