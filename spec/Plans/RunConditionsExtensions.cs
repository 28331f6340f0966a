using TorchSharp;
using TurkishLlm.Data.Batches;
using TurkishLlm.Model;
using TurkishLlm.Model.Layers;
using TurkishLlm.Plans;
using TurkishLlm.Tokenization;

namespace TurkishLlm.Spec.Plans;

/// <summary>Reads the plan of a run, its tokenizer and its data from the conditions of a requirement.</summary>
public static class RunConditionsExtensions
{
    extension(Conditions at)
    {
        /// <summary>The plan of the run that asks for clearance.</summary>
        /// <exception cref="InvalidOperationException">The conditions have no plan.</exception>
        public TrainingPlan Plan => GetRun(at).Plan;

        /// <inheritdoc cref="RunConditions.TextPlan"/>
        public TrainingPlan TextPlan => GetRun(at).TextPlan;

        /// <summary>Model of the run.</summary>
        /// <exception cref="InvalidOperationException">The conditions have no plan.</exception>
        public ModelConfig Model => GetRun(at).Plan.Model;

        /// <summary>Tokenizer of the run.</summary>
        /// <exception cref="InvalidOperationException">The conditions have no plan.</exception>
        public Tokenizer Tokenizer => GetRun(at).Tokenizer;

        /// <summary>Shards of the run.</summary>
        /// <exception cref="InvalidOperationException">The conditions have no plan.</exception>
        public TokenDataset Data => GetRun(at).Data;

        /// <inheritdoc cref="RunConditions.WithSmallVocabulary"/>
        public Conditions WithSmallVocabulary => GetRun(at).WithSmallVocabulary;

        /// <summary>Number type of matrix products.</summary>
        /// <exception cref="NotSupportedException">The models of this project have no products in float64.</exception>
        public ComputeType ComputeType => at.NumberType switch
        {
            torch.ScalarType.Float32 => ComputeType.Float32,
            torch.ScalarType.BFloat16 => ComputeType.BFloat16,
            var other => throw new NotSupportedException($"The models of this project have no products in {other}."),
        };
    }

    private static RunConditions GetRun(Conditions at) => at as RunConditions
        ?? throw new InvalidOperationException("The requirement reads the plan of a run. Judge it with new RunConditions(plan).");
}
