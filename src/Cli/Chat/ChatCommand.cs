using System.CommandLine;
using TurkishLlm.Cli.Options;
using TurkishLlm.Cli.Terminal;
using TurkishLlm.Inference.Chat;
using TurkishLlm.Inference.Generation;
using TurkishLlm.Model;

namespace TurkishLlm.Cli.Chat;

/// <summary><c>turkishllm chat MODEL</c></summary>
internal static class ChatCommand
{
    public static Command Create(Display display, ChatTerminal terminal)
    {
        var of = new Argument<string>("model") { Description = "A run that was fine-tuned on conversations, such as runs/sft-v1, one of its checkpoints, or a folder that was exported." };
        var once = new Option<string>("--once") { Description = "Asks this, writes the answer and ends. Without it, questions are read line by line, from a pipe too." };
        var system = new Option<string>("--system") { Description = "The task; without it, the one the model was trained with." };
        var context = new Option<string[]>("--context") { Description = "A text file that questions are to be answered from. May be given several times." };
        var docs = new Option<string>("--docs") { Description = "A folder of documentation (*.md, *.html, *.txt); the passages that fit a question best go with it." };
        var passages = new Option<int>("--passages") { Description = "How many passages of --docs go with a question, at most; a model with a short context takes fewer.", DefaultValueFactory = _ => 3 };
        var tokens = new Option<int>("--max-tokens") { Description = "Most tokens of an answer.", DefaultValueFactory = _ => 256 };
        var temperature = DecimalOption.Create("--temperature", "0 always takes the likeliest token.", defaultValue: 0.7);
        var topK = new Option<int>("--top-k") { Description = "Only so many of the likeliest tokens; 0 is all.", DefaultValueFactory = _ => 40 };
        var topP = DecimalOption.Create("--top-p", "Only the likeliest tokens up to this probability; 1 is all.", defaultValue: 0.95);
        var penalty = DecimalOption.Create("--repetition-penalty", "Above 1, tokens that the answer has already are less likely; 1 is off.", defaultValue: 1.0);
        var stop = new Option<string[]>("--stop") { Description = "A text that answers end before. May be given several times." };
        var seed = new Option<long>("--seed") { Description = "Same seed, same chat; without it, 0." };
        var device = DeviceOption.Create();
        var command = new Command("chat", "Talks with a fine-tuned model. Example: turkishllm chat runs/sft-v1 --docs docs/ --temperature 0.3")
        {
            of, once, system, context, docs, passages, tokens, temperature, topK, topP, penalty, stop, seed, device,
        };
        command.SetAction((parsed, cancellationToken) =>
        {
            var options = new SamplingOptions
            {
                MaxTokens = parsed.GetValue(tokens), Temperature = parsed.GetValue(temperature), TopK = parsed.GetValue(topK), TopP = parsed.GetValue(topP),
                RepetitionPenalty = parsed.GetValue(penalty), Seed = parsed.GetValue(seed),
            };
            options.Validate();
            if (parsed.GetValue(passages) < 1) throw new ConfigurationException($"--passages is {parsed.GetValue(passages)}; it must be at least 1.");
            if (parsed.GetValue(once) is { } empty && string.IsNullOrWhiteSpace(empty)) throw new ConfigurationException("--once has no question.");
            if (parsed.GetValue(system) is { } blank && string.IsNullOrWhiteSpace(blank)) throw new ConfigurationException("--system has no text.");
            if ((parsed.GetValue(stop) ?? []).Contains("")) throw new ConfigurationException("--stop has no text; it would end every answer before it begins.");
            var files = (parsed.GetValue(context) ?? []).Select(ContextRetriever.ReadFile).ToArray();

            using var trained = TrainedModel.Open(parsed.GetRequiredValue(of), DeviceOption.Resolve(parsed.GetRequiredValue(device)));
            using var model = trained.CreateChatModel();
            var knowledge = ContextRetriever.Open(files, parsed.GetValue(docs), model, options.MaxTokens, parsed.GetValue(passages));
            var session = new ChatSession(model, options, parsed.GetValue(stop)) { SystemPrompt = parsed.GetValue(system) };
            var question = parsed.GetValue(once);
            var lines = question is null ? terminal : new ChatTerminal(TextReader.Null, isInteractive: false);
            // What is told beside the answers must not get into the file or pipe that the answers go to.
            var loop = new ChatLoop(display, lines.IsInteractive ? display.Output : parsed.InvocationConfiguration.Error, lines, model, session, knowledge);
            if (question is null) loop.Run(cancellationToken);
            else loop.Ask(question, cancellationToken);
            return Task.CompletedTask;
        });
        return command;
    }
}
