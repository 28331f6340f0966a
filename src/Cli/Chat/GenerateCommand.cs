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
        var model = new Argument<string>("model") { Description = "A run folder, such as runs/toy, one of its checkpoints, or a folder that was imported or exported." };
        var prompt = new Argument<string>("prompt") { Description = "The beginning of the text; empty for a text from nothing.", DefaultValueFactory = _ => "" };
        var tokens = new Option<int>("--max-tokens") { Description = "Most tokens to write.", DefaultValueFactory = _ => 100 };
        var temperature = DecimalOption.Create("--temperature", "0 always takes the likeliest token.", defaultValue: 0.8);
        var topK = new Option<int>("--top-k") { Description = "Only so many of the likeliest tokens; 0 is all.", DefaultValueFactory = _ => 40 };
        var topP = DecimalOption.Create("--top-p", "Only the likeliest tokens up to this probability; 1 is all.", defaultValue: 1.0);
        var chat = new Option<bool>("--chat") { Description = "The prompt is a question, and the model answers it: for runs that learned from conversations." };
        var seed = new Option<long>("--seed") { Description = "Same seed, same text; without it, 0." };
        var command = new Command("generate", "Continues a text with a model. Example: turkishllm generate runs/toy \"Türkiye\" --seed 7")
        {
            model, prompt, chat, tokens, temperature, topK, topP, seed,
        };
        command.SetAction((parsed, cancellationToken) =>
        {
            Generate(display, parsed.GetRequiredValue(model), parsed.GetRequiredValue(prompt), parsed.GetValue(chat), new SamplingOptions
            {
                MaxTokens = parsed.GetValue(tokens), Temperature = parsed.GetValue(temperature), TopK = parsed.GetValue(topK),
                TopP = parsed.GetValue(topP), Seed = parsed.GetValue(seed), StopIds = parsed.GetValue(chat) ? ChatTemplate.StopIds : SpecialTokens.DocumentBorders,
            }, cancellationToken);
            return Task.CompletedTask;
        });
        return command;
    }

    /// <summary>Writes a text as it comes, whole characters at a time.</summary>
    public static void Generate(Display display, string model, string prompt, bool chat, SamplingOptions options, CancellationToken cancellationToken)
    {
        options.Validate();
        using var trained = TrainedModel.Open(model, torch.CPU);
        var ids = chat ? trained.LoadChatTemplate().RenderPrompt(new(Question(prompt))) : [SpecialTokens.BeginOfText, .. trained.Tokenizer.EncodeToIds(TextNormalizer.ToNfc(prompt))];
        if (!chat) display.Output.Write(TextNormalizer.ToNfc(prompt));
        var decoder = new StreamingDecoder(trained.Tokenizer);
        foreach (var id in new TextGenerator(trained.Model).Generate(ids, options, cancellationToken)) display.Output.Write(decoder.Push(id));
        display.WriteLine(decoder.Flush());
        cancellationToken.ThrowIfCancellationRequested();
    }

    private static ChatMessage Question(string prompt) =>
        string.IsNullOrWhiteSpace(prompt) ? throw new ConfigurationException("There is no question. Give one behind the run folder.") : ChatMessage.User(prompt);
}
