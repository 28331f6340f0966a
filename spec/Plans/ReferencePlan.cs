using TurkishLlm.Data.Corpus;
using TurkishLlm.Model;
using TurkishLlm.Plans;
using TurkishLlm.Tokenization;

namespace TurkishLlm.Spec.Plans;

/// <summary>
/// The plan under which requirements are judged when no other is given: a small model with no two equal sizes, the tokenizer
/// and text of the fixtures, on the CPU in float32.
/// </summary>
public static class ReferencePlan
{
    /// <summary>Prepares shards of the fixture text in a folder and creates the plan that reads them.</summary>
    /// <param name="fixtures">The folder of fixtures, with <c>tokenizer</c> and <c>text</c>.</param>
    /// <param name="folder">Receives the shards and would receive the run.</param>
    public static TrainingPlan Create(string fixtures, string folder)
    {
        var (tokenizer, shards) = (Path.Combine(fixtures, "tokenizer"), Path.Combine(folder, "shards"));
        var options = new CorpusOptions(Path.Combine(fixtures, "text"), shards, validationShare: 0.05);
        CorpusPreparation.Prepare(Tokenizer.Load(tokenizer), options);
        return new TrainingPlan
        {
            Name = "reference",
            RunFolder = Path.Combine(folder, "run"),
            Model = new ModelConfig(vocabSize: 2048, dModel: 48, nLayers: 3, nHeads: 6, nKvHeads: 2, dFf: 104, maxSeqLen: 40),
            Data = new DataPlan(tokenizer, shards),
            Training = new BatchingPlan(Steps: 20, MicroBatchSize: 3, SequenceLength: 37, AccumulationSteps: 2),
            Optimizer = new OptimizerPlan(LearningRate: 3e-3, MinimumLearningRate: 3e-4, WarmupSteps: 4),
            Device = new DeviceChoice(DeviceKind.Cpu),
            Threads = 1,
        };
    }
}
