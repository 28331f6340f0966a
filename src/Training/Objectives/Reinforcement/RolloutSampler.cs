using TorchSharp;
using TurkishLlm.Data.Batches;
using TurkishLlm.Data.Reinforcement;
using TurkishLlm.Inference.Batching;
using TurkishLlm.Inference.Chat;
using TurkishLlm.Inference.Decoding;
using TurkishLlm.Inference.Generation;
using TurkishLlm.Model;
using TurkishLlm.Model.Layers;
using TurkishLlm.Plans;
using TurkishLlm.Tokenization;

namespace TurkishLlm.Training.Objectives.Reinforcement;

/// <summary>Lets the model answer the questions of a step.</summary>
/// <remarks>
/// Every answer is sampled from the whole distribution at the temperature of the plan, with a seed of its own, so it is a
/// function of (seed, batch, number, weights). On the CPU all answers are decoded together; on a GPU libtorch decodes them one
/// after the other. Spec: GRP-06.
/// </remarks>
internal sealed class RolloutSampler(TrainingPlan plan, Tokenizer tokenizer)
{
    private const int MaxTexts = 32;

    private GrpoPlan Grpo => plan.Grpo!;

    /// <summary>Samples the answers to questions.</summary>
    /// <param name="model">The model, with its current weights.</param>
    /// <param name="questions">The questions.</param>
    /// <param name="batch">Number of the batch, for the seeds.</param>
    /// <returns>The answers, group by group.</returns>
    public IReadOnlyList<Answer> Sample(LanguageModel model, IReadOnlyList<AskedQuestion> questions, long batch)
    {
        using var decoder = CreateDecoder(model);
        var requests = questions.SelectMany(question => Enumerable.Repeat(question, Grpo.GroupSize))
            .Select((question, number) => new TextRequest(question.PromptIds, GetOptions(batch, number)))
            .ToArray();
        using var scheduler = new BatchScheduler(
            decoder, tokenizer, new() { MaxTexts = Math.Min(MaxTexts, requests.Length), MaxQueue = requests.Length },
            TimeProvider.System);
        return [.. scheduler.SubmitAll(requests).Select(text => text.Result.GetAwaiter().GetResult().Answer)];
    }

    private SamplingOptions GetOptions(long batch, int number) => new()
    {
        MaxTokens = Grpo.MaxNewTokens,
        Temperature = Grpo.Temperature,
        TopK = 0,
        TopP = 1,
        Seed = (long)SplitMix64.Mix(
            SplitMix64.Mix((ulong)plan.Seed * SplitMix64.Increment + (ulong)batch) + (ulong)number * SplitMix64.Increment),
    };

    private static IDecoder CreateDecoder(LanguageModel model)
    {
        if (model.Device.type != DeviceType.CPU) return new TensorDecoder(model);
        if (model.Adapter is not { } adapter) return new PackedDecoder(model.Parameters);
        using var merged = adapter.MergeInto(model.Parameters);
        return new PackedDecoder(merged);
    }
}
