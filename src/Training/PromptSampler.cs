using TurkishLlm.Inference.Generation;
using TurkishLlm.Plans;
using TurkishLlm.Runs.Logs;
using TurkishLlm.Tokenization;
using TurkishLlm.Tokenization.Chat;

namespace TurkishLlm.Training;

/// <summary>Generates text for the prompts of a plan during training.</summary>
internal sealed class PromptSampler(TrainingPlan plan, Trainer trainer, Tokenizer tokenizer)
{
    /// <summary>Generates one sample per prompt.</summary>
    /// <param name="step">The last step taken; also varies the seed.</param>
    public IEnumerable<TextSample> Generate(long step)
    {
        var options = new SamplingOptions
        {
            MaxTokens = plan.Samples.MaxTokens,
            Temperature = plan.Samples.Temperature,
            TopK = plan.Samples.TopK,
            Seed = plan.Seed + step,
            StopIds = trainer.Template is null ? SpecialTokens.DocumentBorders : ChatTemplate.StopIds,
        };
        var generator = new TextGenerator(trainer.Model);
        foreach (var prompt in plan.Samples.Prompts)
        {
            var ids = trainer.Template?.RenderPrompt(new(ChatMessage.User(prompt)))
                ?? [SpecialTokens.BeginOfText, .. tokenizer.EncodeToIds(TextNormalizer.ToNfc(prompt))];
            var answer = tokenizer.Decode(generator.Generate(ids, options));
            yield return new TextSample(
                step, prompt, trainer.Template is null ? tokenizer.Decode(ids.Skip(1)) + answer : $"{prompt} → {answer}");
        }
    }
}
