using System.CommandLine;
using TurkishLlm.Cli.Options;
using TurkishLlm.Cli.Terminal;
using TurkishLlm.Synthesis.Generation;
using TurkishLlm.Synthesis.Prompts;

namespace TurkishLlm.Cli.Synthesis;

/// <summary><c>turkishllm synth generate</c></summary>
internal static class SynthGenerateCommand
{
    /// <summary>Recorded replies that come with the program.</summary>
    public static string RecordedReplies => Path.Combine(AppContext.BaseDirectory, "fixtures", "synthesis", "replies.jsonl");

    public static Command Create(Display display)
    {
        var work = SynthCommand.CreateFolderArgument();
        var provider = new Option<string>("--provider") { Description = "Who answers: recorded replies, Anthropic, or OpenAI and every service that speaks the same.", DefaultValueFactory = _ => "replay" };
        provider.AcceptOnlyFromAmong("replay", "anthropic", "openai");
        var model = new Option<string>("--model") { Description = "Name of the model, such as claude-sonnet-4-6." };
        var endpoint = new Option<string>("--endpoint") { Description = "Address of the service, such as http://localhost:8000/v1; without it, the public one." };
        var keyVariable = new Option<string>("--key-variable") { Description = "Name of the environment variable that holds the key; without it, ANTHROPIC_API_KEY or OPENAI_API_KEY. Keys are never written anywhere." };
        var replies = new Option<string>("--replies") { Description = "Recorded replies of the provider replay: a file or a folder of .jsonl. Without it, those that come with the program." };
        var prompt = new Option<string>("--prompt") { Description = "v1 (short answers and conversations for a small model), v2 (answers from a given context), or the name of your own.", DefaultValueFactory = _ => "v2" };
        var prompts = new Option<string>("--prompts") { Description = "Folder of your own prompts." };
        var about = new Option<string>("--about") { Description = "File with a few sentences about the system that the documentation describes; without it, the names of its modules." };
        var noSchema = new Option<bool>("--no-schema") { Description = "Does not force replies into the JSON schema, for services that cannot." };
        var batch = new Option<bool>("--batch") { Description = "Hands everything in as batches, for half the price, and waits for them." };
        var judge = new Option<string>("--judge") { Description = "Then asks this model of the same provider whether the chunks support each pair." };
        var pilot = new Option<int?>("--pilot") { Description = "Only so many groups, spread over the rules: the same ones for every model." };
        var dryRun = new Option<bool>("--dry-run") { Description = "Sends nothing; says what it would cost." };
        var budget = DecimalOption.CreateOptional("--budget", "Most dollars for this folder, earlier runs included. Nothing is sent that could go beyond.");
        var priceIn = DecimalOption.CreateOptional("--price-in", "Dollars for a million tokens that the model reads, where the program does not know the price or it has changed.");
        var priceOut = DecimalOption.CreateOptional("--price-out", "Dollars for a million tokens that the model writes.");
        var concurrency = new Option<int>("--concurrency") { Description = "Requests on their way at once.", DefaultValueFactory = _ => 4 };
        var requestsPerMinute = new Option<int?>("--requests-per-minute") { Description = "Most requests a minute." };
        var tokensPerMinute = new Option<int?>("--tokens-per-minute") { Description = "Most tokens sent a minute." };
        var backoff = DecimalOption.Create("--backoff", "Seconds before the first repetition; each further one waits twice as long.", 1);
        var timeout = DecimalOption.Create("--timeout", "Most seconds to wait for a reply.", 600);
        var command = new Command(
            "generate", "Asks a model for pairs. Every reply is on the disk before the next step, and is never asked for again; stopped and run again, it goes on. "
            + "Example: turkishllm synth generate synth/erp --provider anthropic --model claude-sonnet-4-6 --budget 25")
        {
            work, provider, model, endpoint, keyVariable, replies, prompt, prompts, about, noSchema, batch, judge, pilot, dryRun, budget, priceIn, priceOut, concurrency,
            requestsPerMinute, tokensPerMinute, backoff, timeout,
        };
        command.SetAction((parsed, cancellationToken) => GenerationRunner.RunAsync(
            display,
            new()
            {
                Folder = new(parsed.GetRequiredValue(work)),
                Provider = parsed.GetRequiredValue(provider),
                Model = parsed.GetValue(model),
                Endpoint = parsed.GetValue(endpoint),
                ApiKeyVariable = parsed.GetValue(keyVariable),
                Replies = parsed.GetValue(replies) ?? RecordedReplies,
                Prompt = Prompt.Load(parsed.GetRequiredValue(prompt), parsed.GetValue(prompts)),
                SystemDescription = parsed.GetValue(about) is { } file ? File.ReadAllText(file) : "",
                UsesSchema = !parsed.GetValue(noSchema),
                UsesBatches = parsed.GetValue(batch),
                JudgeModel = parsed.GetValue(judge),
                PilotGroupCount = parsed.GetValue(pilot),
                DryRun = parsed.GetValue(dryRun),
                InputPrice = parsed.GetValue(priceIn),
                OutputPrice = parsed.GetValue(priceOut),
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
