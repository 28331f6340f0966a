using System.CommandLine;
using TurkishLlm.Cli.Options;
using TurkishLlm.Cli.Terminal;
using TurkishLlm.Cli.Tools;
using TurkishLlm.Data.Retrieval;
using TurkishLlm.Inference.Chat;
using TurkishLlm.Inference.Generation;
using TurkishLlm.Model;

namespace TurkishLlm.Cli.Chat;

/// <summary><c>turkishllm chat MODEL</c></summary>
internal static class ChatCommand
{
    public static Command Create(Display display, ChatTerminal terminal)
    {
        var modelPath = new Argument<string>("model")
        {
            Description = "Fine-tuned model: a run folder such as runs/sft-v1 (see --checkpoint), a checkpoint folder, or an "
                + "exported model folder.",
        };
        var prompt = new Option<string>("--prompt")
        {
            Description = "Ask one question, print the answer and exit (- = the text of standard input; default: read "
                + "questions from standard input, one per line).",
        };
        var system = new Option<string>("--system") { Description = "System prompt (default: the one used in training)." };
        var context = new Option<string[]>("--context")
        {
            Description = "Text file to include as context with every question. Can be repeated.",
        };
        var docs = new Option<string>("--docs")
        {
            Description = "Documentation folder (*.md, *.html, *.txt) to search; the best passages are added to each question.",
        };
        var passages = new Option<int>("--passages")
        {
            Description = "Maximum number of passages from --docs per question; a short context window holds fewer.",
            DefaultValueFactory = _ => RetrievalBudget.DefaultPassages,
        };
        var tokens = new Option<int>("--max-tokens")
        {
            Description = "Maximum length of an answer, in tokens.",
            DefaultValueFactory = _ => RetrievalBudget.DefaultAnswerTokens,
        };
        var temperature = SamplingOptionSet.CreateTemperature(0);
        var topK = SamplingOptionSet.CreateTopK();
        var topP = SamplingOptionSet.CreateTopP(0.95);
        var penalty = DecimalOption.Create(
            "--repetition-penalty", "Penalty for tokens that the answer already contains (1 = off).", defaultValue: 1.0);
        var stop = SamplingOptionSet.CreateStop("Stop an answer before this text.");
        var seed = SamplingOptionSet.CreateSeed();
        var device = DeviceOption.Create();
        var weights = PackedTypeOption.Create();
        var toolOptions = new ToolOptions();
        var checkpoint = new CheckpointOption(offersAverage: true);
        var json = JsonOutput.CreateLinesOption("answer");
        var command = new Command("chat", "Chat with a fine-tuned model.")
        {
            modelPath, prompt, system, context, docs, passages, tokens, temperature, topK, topP, penalty, stop, seed, device,
            weights, json,
        };
        toolOptions.AddTo(command);
        checkpoint.AddTo(command);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var options = new SamplingOptions
            {
                MaxTokens = parsed.GetValue(tokens),
                Temperature = parsed.GetValue(temperature),
                TopK = parsed.GetValue(topK),
                TopP = parsed.GetValue(topP),
                RepetitionPenalty = parsed.GetValue(penalty), Seed = parsed.GetValue(seed),
            };
            options.Validate();
            if (parsed.GetValue(passages) < 1)
                throw new ConfigurationException($"--passages is {parsed.GetValue(passages)}; it must be at least 1.");
            var question = parsed.GetValue(prompt) is "-"
                ? InputText.Read("-", terminal, missing: null, "--prompt")
                : parsed.GetValue(prompt);
            if (question is { } empty && string.IsNullOrWhiteSpace(empty))
                throw new ConfigurationException("--prompt is empty; give a question.");
            if (parsed.GetValue(system) is { } blank && string.IsNullOrWhiteSpace(blank))
                throw new ConfigurationException("--system is empty; give a text.");
            var tools = toolOptions.Read(parsed, parsed.GetValue(docs));
            var stops = SamplingOptionSet.ReadStop(parsed.GetValue(stop));
            var files = (parsed.GetValue(context) ?? []).Select(ContextRetriever.ReadFile).ToArray();

            var at = checkpoint.Find(parsed, parsed.GetRequiredValue(modelPath));
            var chosen = DeviceOption.Resolve(parsed.GetRequiredValue(device));
            var type = PackedTypeOption.Parse(parsed.GetRequiredValue(weights), chosen);
            using var trained = TrainedModel.Open(at, chosen);
            var template = trained.LoadChatTemplate();
            using var decoder = trained.CreateDecoder(type);
            trained.ReleaseWeights();
            using var model = new ChatModel(decoder, trained.Tokenizer, template);
            await using var servers = await toolOptions.StartServersAsync(parsed, tools, cancellationToken);
            var knowledge = ContextRetriever.Open(
                files, parsed.GetValue(docs), model, options.MaxTokens,
                parsed.GetValue(passages), tools.HasSearch);
            CheckpointOption.Announce(at, parsed.InvocationConfiguration.Error);
            var session = new ChatSession(model, options, stops)
            {
                SystemPrompt = parsed.GetValue(system),
                Tools = tools.CreateLoop(
                    template, trained.Tokenizer, model.ContextLength,
                    query => knowledge.Search(query, tools.Limits.MaxOutputTokens), servers.Tools),
            };
            var lines = question is null ? terminal : new ChatTerminal(TextReader.Null, isInteractive: false);
            // Notes go to standard error unless a person reads them, so that a file or pipe receives only the answers.
            var isInteractive = lines.IsInteractive && !parsed.GetValue(json);
            if (lines.IsInteractive != isInteractive) lines = new ChatTerminal(terminal.Input, isInteractive);
            var loop = new ChatLoop(
                display, isInteractive ? display.Output : parsed.InvocationConfiguration.Error, lines, model, session,
                knowledge)
            {
                WritesJson = parsed.GetValue(json),
            };
            if (question is null) loop.Run(cancellationToken);
            else loop.Ask(question, cancellationToken);
        });
        return command;
    }
}
