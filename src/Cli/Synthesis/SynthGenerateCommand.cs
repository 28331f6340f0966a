using System.CommandLine;
using TurkishLlm.Cli.Options;
using TurkishLlm.Cli.Terminal;
using TurkishLlm.Files;
using TurkishLlm.Synthesis.Generation;
using TurkishLlm.Synthesis.Prompts;

namespace TurkishLlm.Cli.Synthesis;

/// <summary><c>turkishllm synth generate</c></summary>
internal static class SynthGenerateCommand
{
    /// <summary>File of the replies that are bundled with the program; a program of this project wrote them.</summary>
    public static string RecordedReplies => Path.Combine(AppContext.BaseDirectory, "fixtures", "synthesis", "replies.jsonl");

    public static Command Create(Display display)
    {
        var work = SynthCommand.CreateFolderArgument();
        var provider = new Option<string>("--provider")
        {
            Description = "Source of replies: anthropic, openai (and compatible services), or replay (recorded replies; the "
                + "default for the bundled documentation).",
        };
        provider.AcceptOnlyFromAmong("replay", "anthropic", "openai");
        var model = new Option<string>("--model") { Description = "Model name, such as claude-sonnet-4-6." };
        var endpoint = new Option<string>("--endpoint")
        {
            Description = "Service URL, such as http://localhost:8000/v1 (default: the public service of the provider).",
        };
        var keyVariable = new Option<string>("--api-key-variable")
        {
            Description = "Environment variable with the API key (default: ANTHROPIC_API_KEY or OPENAI_API_KEY). Keys are never "
                + "written to files.",
        };
        var replies = new Option<string>("--replies")
        {
            Description = "Replies for --provider replay: a .jsonl file or a folder of them (default: the bundled replies).",
        };
        var prompt = new Option<string>("--prompt")
        {
            Description =
                "Prompt: v1 (short answers and conversations for a small model), v2 (answers from a context), or "
                + "a name "
                + "in --prompts.",
            DefaultValueFactory = _ => "v2",
        };
        var prompts = new Option<string>("--prompts") { Description = "Folder of custom prompts." };
        var about = new Option<string>("--system-description")
        {
            Description = "Text file that describes the documented system in a few sentences (default: the names of its "
                + "modules).",
        };
        var noSchema = new Option<bool>("--no-schema")
        {
            Description = "Do not enforce the JSON schema, for services that do not support it.",
        };
        var batch = new Option<bool>("--batch")
        {
            Description = "Use the batch API of the service, at half the price, and wait for the results.",
        };
        var judge = new Option<string>("--judge")
        {
            Description = "Model of the same provider that then verifies each pair against its chunks.",
        };
        var pilot = new Option<int?>("--pilot")
        {
            Description = "Number of groups, spread over all rules; the same groups for every model (default: all groups).",
        };
        var dryRun = new Option<bool>("--dry-run") { Description = "Print the estimated cost and send nothing." };
        var budget = DecimalOption.CreateOptional(
            "--budget",
            "Maximum cost of this folder in dollars, including earlier runs; no request that could exceed it is sent "
            + "(default: none).");
        var inputPrice = DecimalOption.CreateOptional(
            "--input-price",
            "Price in dollars per million input tokens (default: the built-in price of the model, which may be outdated).");
        var outputPrice = DecimalOption.CreateOptional(
            "--output-price", "Price in dollars per million output tokens (default: the built-in price of the model).");
        var concurrency = new Option<int>("--concurrency")
        {
            Description = "Number of concurrent requests.", DefaultValueFactory = _ => 4,
        };
        var requestsPerMinute = new Option<int?>("--requests-per-minute")
        {
            Description = "Maximum number of requests per minute (default: no limit).",
        };
        var tokensPerMinute = new Option<int?>("--tokens-per-minute")
        {
            Description = "Maximum number of tokens sent per minute (default: no limit).",
        };
        var backoff = DecimalOption.Create("--backoff", "Delay before the first retry, in seconds; doubles with each retry.", 1);
        var timeout = DecimalOption.Create("--timeout", "Timeout of a request, in seconds.", 600);
        var command = new Command(
            "generate", "Request question-answer pairs from a model. Saves every reply at once and resumes if interrupted.")
        {
            work,
            provider, model, endpoint, keyVariable, replies, prompt, prompts, about, noSchema, batch, judge, pilot, dryRun,
            budget,
            inputPrice, outputPrice, concurrency, requestsPerMinute, tokensPerMinute, backoff, timeout,
        };
        command.SetAction((parsed, cancellationToken) => GenerationRunner.RunAsync(
            display,
            new()
            {
                Folder = new(parsed.GetRequiredValue(work)),
                Provider = parsed.GetValue(provider),
                Model = parsed.GetValue(model),
                Endpoint = parsed.GetValue(endpoint),
                ApiKeyVariable = parsed.GetValue(keyVariable),
                Replies = parsed.GetValue(replies) ?? RecordedReplies,
                Prompt = Prompt.Load(parsed.GetRequiredValue(prompt), parsed.GetValue(prompts)),
                SystemDescription = parsed.GetValue(about) is { } file ? TextFile.ReadAllText(file) : "",
                UsesSchema = !parsed.GetValue(noSchema),
                UsesBatches = parsed.GetValue(batch),
                JudgeModel = parsed.GetValue(judge),
                PilotGroupCount = parsed.GetValue(pilot),
                DryRun = parsed.GetValue(dryRun),
                InputPrice = parsed.GetValue(inputPrice),
                OutputPrice = parsed.GetValue(outputPrice),
                Timeout = TimeSpan.FromSeconds(parsed.GetValue(timeout)),
                Options = new(ModelPrice.Free)
                {
                    Budget = (decimal?)parsed.GetValue(budget),
                    Concurrency = parsed.GetValue(concurrency),
                    RequestsPerMinute = parsed.GetValue(requestsPerMinute),
                    TokensPerMinute = parsed.GetValue(tokensPerMinute),
                    InitialBackoff = TimeSpan.FromSeconds(parsed.GetValue(backoff)),
                },
            },
            cancellationToken));
        return command;
    }
}
