using System.CommandLine;
using TorchSharp;
using TurkishLlm.Cli.Options;
using TurkishLlm.Cli.Terminal;
using TurkishLlm.Inference.Generation;
using TurkishLlm.Model;
using TurkishLlm.Tokenization;
using TurkishLlm.Tokenization.Chat;

namespace TurkishLlm.Cli.Chat;

/// <summary><c>turkishllm generate MODEL PROMPT</c></summary>
internal static class GenerateCommand
{
    public static Command Create(Display display)
    {
        var model = new Argument<string>("model") { Description = ModelPath.ArgumentDescription };
        var prompt = new Argument<string>("prompt")
        {
            Description = "Text to continue (empty = start a new document).", DefaultValueFactory = _ => "",
        };
        var tokens = new Option<int>("--max-tokens")
        {
            Description = "Maximum number of tokens to generate.", DefaultValueFactory = _ => 100,
        };
        var temperature = DecimalOption.CreateOptional(
            "--temperature", $"{SamplingOptionSet.TemperatureDescription} (default: 0.8; with --chat: 0).");
        var topK = SamplingOptionSet.CreateTopK();
        var topP = SamplingOptionSet.CreateTopP(1.0);
        var chat = new Option<bool>("--chat")
        {
            Description = "Treat the prompt as a question and print the answer; needs a model fine-tuned on conversations.",
        };
        var seed = SamplingOptionSet.CreateSeed();
        var checkpoint = new CheckpointOption();
        var command = new Command("generate", "Continue a text with a model.")
        {
            model, prompt, chat, tokens, temperature, topK, topP, seed,
        };
        checkpoint.AddTo(command);
        command.SetAction((parsed, cancellationToken) =>
        {
            var options = new SamplingOptions
            {
                MaxTokens = parsed.GetValue(tokens),
                Temperature = parsed.GetValue(temperature) ?? (parsed.GetValue(chat) ? 0 : 0.8),
                TopK = parsed.GetValue(topK),
                TopP = parsed.GetValue(topP),
                Seed = parsed.GetValue(seed),
                StopIds = parsed.GetValue(chat) ? ChatTemplate.StopIds : SpecialTokens.DocumentBorders,
            };
            options.Validate();
            var at = checkpoint.Find(parsed, parsed.GetRequiredValue(model));
            using var trained = TrainedModel.Open(at, torch.CPU);
            Generate(
                display, trained, parsed.GetRequiredValue(prompt), parsed.GetValue(chat), options, cancellationToken,
                () => CheckpointOption.Announce(at, parsed.InvocationConfiguration.Error));
            return Task.CompletedTask;
        });
        return command;
    }

    /// <summary>Generates a text and writes it while it is generated, in whole characters.</summary>
    public static void Generate(
        Display display, TrainedModel trained, string prompt, bool chat, SamplingOptions options,
        CancellationToken cancellationToken, Action? onStart = null)
    {
        var ids = chat
            ? trained.LoadChatTemplate().RenderPrompt(new(Question(prompt)))
            : [SpecialTokens.BeginOfText, .. trained.Tokenizer.EncodeToIds(TextNormalizer.ToNfc(prompt))];
        onStart?.Invoke();
        if (!chat) display.Output.Write(TextNormalizer.ToNfc(prompt));
        var decoder = new StreamingDecoder(trained.Tokenizer);
        foreach (var id in new TextGenerator(trained.Model).Generate(ids, options, cancellationToken))
            display.Output.Write(decoder.Push(id));
        display.WriteLine(decoder.Flush());
        cancellationToken.ThrowIfCancellationRequested();
    }

    private static ChatMessage Question(string prompt) =>
        string.IsNullOrWhiteSpace(prompt)
            ? throw new ConfigurationException("The question is missing. Give it after the model.")
            : ChatMessage.User(prompt);
}
