using System.CommandLine;
using TorchSharp;
using TurkishLlm.Cli.Options;
using TurkishLlm.Cli.Terminal;
using TurkishLlm.Inference.Generation;
using TurkishLlm.Kernels.Packed;
using TurkishLlm.Model;
using TurkishLlm.Tokenization;
using TurkishLlm.Tokenization.Chat;

namespace TurkishLlm.Cli.Chat;

/// <summary><c>turkishllm generate MODEL PROMPT</c></summary>
internal static class GenerateCommand
{
    public static Command Create(Display display, ChatTerminal terminal)
    {
        var model = new Argument<string>("model") { Description = ModelPath.ArgumentDescription };
        var prompt = new Argument<string?>("prompt")
        {
            Description = $"Text to continue (empty = start a new document). {InputText.Description}",
            Arity = ArgumentArity.ZeroOrOne,
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
        var stop = SamplingOptionSet.CreateStop("Stop before this text.");
        var seed = SamplingOptionSet.CreateSeed();
        var checkpoint = new CheckpointOption(offersAverage: true);
        var json = JsonOutput.CreateOption();
        var device = DeviceOption.Create();
        var weights = PackedTypeOption.Create();
        var command = new Command("generate", "Continue a text with a model.")
        {
            model, prompt, chat, tokens, temperature, topK, topP, stop, seed, device, weights, json,
        };
        checkpoint.AddTo(command);
        command.SetAction((parsed, cancellationToken) =>
        {
            var isChat = parsed.GetValue(chat);
            var stops = SamplingOptionSet.ReadStop(parsed.GetValue(stop));
            var options = new SamplingOptions
            {
                MaxTokens = parsed.GetValue(tokens),
                Temperature = parsed.GetValue(temperature) ?? (isChat ? 0 : 0.8),
                TopK = parsed.GetValue(topK),
                TopP = parsed.GetValue(topP),
                Seed = parsed.GetValue(seed),
                StopIds = isChat ? ChatTemplate.StopIds : SpecialTokens.DocumentBorders,
            };
            options.Validate();
            var text = TextNormalizer.ToNfc(InputText.Read(
                parsed.GetValue(prompt), terminal, missing: isChat ? null : "", isChat ? "The question" : "<prompt>"));
            var at = checkpoint.Find(parsed, parsed.GetRequiredValue(model));
            var chosen = DeviceOption.Resolve(parsed.GetRequiredValue(device));
            var type = PackedTypeOption.Parse(parsed.GetRequiredValue(weights), chosen);
            using var trained = TrainedModel.Open(at, chosen);
            Generate(
                display, trained, type, text, isChat, options, stops, parsed.GetValue(json),
                () => CheckpointOption.Announce(at, parsed.InvocationConfiguration.Error), cancellationToken);
            return Task.CompletedTask;
        });
        return command;
    }

    /// <summary>Continues a text and writes it while it is generated.</summary>
    public static void Generate(
        Display display, TrainedModel trained, string prompt, bool chat, SamplingOptions options,
        CancellationToken cancellationToken, Action? onStart = null)
    {
        options.Validate();
        Generate(
            display, trained, PackedType.Float32, TextNormalizer.ToNfc(prompt), chat, options, stops: [], json: false, onStart,
            cancellationToken);
    }

    private static void Generate(
        Display display, TrainedModel trained, PackedType type, string prompt, bool chat, SamplingOptions options,
        IReadOnlyList<string> stops, bool json, Action? onStart, CancellationToken cancellationToken)
    {
        var ids = chat
            ? trained.LoadChatTemplate().RenderPrompt(new(Question(prompt)))
            : [SpecialTokens.BeginOfText, .. trained.Tokenizer.EncodeToIds(prompt)];
        onStart?.Invoke();
        if (!chat && !json) display.Output.Write(prompt);
        using var decoder = trained.CreateDecoder(type);
        var continuation = new TextContinuation(decoder, trained.Tokenizer, options, stops);
        var text = continuation.Generate(ids, json ? _ => { } : display.Output.Write, cancellationToken);
        if (json)
            JsonOutput.Write(display.Output, new
            {
                Model = trained.Folder, trained.Step, Prompt = prompt, Text = text, PromptTokens = ids.Count,
                Tokens = continuation.TokenCount, FinishReason = continuation.FinishReason,
            });
        else display.WriteLine();
        cancellationToken.ThrowIfCancellationRequested();
    }

    private static ChatMessage Question(string prompt) =>
        string.IsNullOrWhiteSpace(prompt)
            ? throw new ConfigurationException("The question is missing. Give it after the model, or through a pipe.")
            : ChatMessage.User(prompt);
}
