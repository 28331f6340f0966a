using System.CommandLine;
using System.Text.Json;
using TurkishLlm.Cli.Options;
using TurkishLlm.Cli.Terminal;
using TurkishLlm.Data.Conversations;
using TurkishLlm.Data.FineTuning;
using TurkishLlm.Evaluation.Metrics;
using TurkishLlm.Evaluation.Probing;
using TurkishLlm.Evaluation.Tasks;
using TurkishLlm.Files;
using TurkishLlm.Inference.Chat;
using TurkishLlm.Tokenization.Chat;

namespace TurkishLlm.Cli.Synthesis;

/// <summary><c>turkishllm synth probe MODEL FILE…</c>: refusals from questions that a model cannot answer.</summary>
internal static class SynthProbeCommand
{
    public static Command Create(Display display)
    {
        var standard = new ProbeOptions();
        var model = new Argument<string>("model") { Description = ModelPath.ArgumentDescription };
        var files = new Argument<string[]>("files")
        {
            Description = "Files of questions with reference answers, in any training format.", Arity = ArgumentArity.OneOrMore,
        };
        var output = new Option<string>("--output", "-o")
        {
            Description = "Folder for answers.jsonl and rows.jsonl. Continues if interrupted.", Required = true,
        };
        var samples = new Option<int>("--samples")
        {
            Description = "Number of sampled answers per question.", DefaultValueFactory = _ => standard.Samples,
        };
        var temperature = DecimalOption.Create(
            "--temperature", SamplingOptionSet.TemperatureDescription + ".", standard.Sampling.Temperature);
        var tokens = new Option<int>("--max-tokens")
        {
            Description = "Maximum length of an answer, in tokens.", DefaultValueFactory = _ => standard.Sampling.MaxTokens,
        };
        var right = DecimalOption.Create(
            "--right-f1", "F1 over words from which an answer is right, above 0 and at most 1.", standard.RightF1);
        var known = DecimalOption.Create(
            "--known-share", "Share of right answers from which a question is known.", standard.KnownShare);
        var unknown = DecimalOption.Create(
            "--unknown-share", "Share of right answers up to which a question is unknown.", standard.UnknownShare);
        var refusals = DecimalOption.Create(
            "--refusal-share", "Share of the written rows that are refusals, 0 … 0.9.", standard.RefusalShare);
        var seed = SamplingOptionSet.CreateSeed();
        var device = DeviceOption.Create();
        var checkpoint = new CheckpointOption(offersAverage: true);
        var command = new Command(
            "probe", "Ask a model what it knows: rows with refusals for questions that it cannot answer, answers for the others.")
        {
            model, files, output, samples, temperature, tokens, right, known, unknown, refusals, seed, device,
        };
        checkpoint.AddTo(command);
        command.SetAction((parsed, cancellationToken) =>
        {
            var options = new ProbeOptions
            {
                Samples = parsed.GetValue(samples),
                Sampling = new() { Temperature = parsed.GetValue(temperature), TopK = 0, MaxTokens = parsed.GetValue(tokens) },
                RightF1 = parsed.GetValue(right),
                KnownShare = parsed.GetValue(known),
                UnknownShare = parsed.GetValue(unknown),
                RefusalShare = parsed.GetValue(refusals),
                Seed = parsed.GetValue(seed),
            };
            options.Validate();
            var questions = ReadQuestions(parsed.GetRequiredValue(files));
            using var opened = checkpoint.Open(
                parsed, parsed.GetRequiredValue(model), DeviceOption.Resolve(parsed.GetRequiredValue(device)));
            Run(
                display, opened, questions, options, parsed.GetRequiredValue(files), parsed.GetRequiredValue(output),
                cancellationToken);
            return Task.CompletedTask;
        });
        return command;
    }

    // With a context, the answer is read and not known; a refusal is no knowledge.
    private static (ConversationRow Row, GoldRow Gold)[] ReadQuestions(IReadOnlyList<string> files)
    {
        (ConversationRow Row, GoldRow Gold)[] questions =
        [
            .. files.SelectMany(file => ConversationReader.Read(file).Zip(GoldFile.Read(file, Refusal.DefaultText)))
                .Where(row => row.Second.TaskType is not TaskType.Refusal && !row.Second.Context.Any()),
        ];
        return questions.Length > 0 ? questions : throw new InvalidDataException(
            $"{string.Join(", ", files)}: there is no question without a context. A model that reads the answer need not "
                + "know it.");
    }

    private static void Run(
        Display display, TrainedModel model, (ConversationRow Row, GoldRow Gold)[] questions, ProbeOptions options,
        IReadOnlyList<string> files, string output, CancellationToken cancellationToken)
    {
        var answers = Path.Combine(output, "answers.jsonl");
        var identity = JsonSerializer.Serialize(new
        {
            Files = ModelIdentity.Compute(model.Folder, files), options.Samples, options.Sampling, options.RightF1, options.Seed,
        });
        using var lines = ResumableLines.Open(answers, identity);
        if (lines.IsDiscarded)
            display.WriteLine($"{answers}.resume was of another model, other files or options, and was discarded.");
        else if (lines.Lines.Count > 0)
            display.WriteLine(
                $"Resuming after {Format.Count(lines.Lines.Count, "question")} of {Format.Count(questions.Length)}.");
        using var decoder = model.CreateDecoder();
        using var chat = new ChatModel(decoder, model.Tokenizer, model.LoadChatTemplate());
        display.RunWithProgress("Questions", progress =>
        {
            foreach (var (row, gold) in questions.Skip(lines.Lines.Count))
            {
                lines.Append(KnowledgeProbe.Ask(chat, gold, RowScore.GetKey(row), options, cancellationToken).ToJson());
                progress((double)lines.Lines.Count / questions.Length, Format.Count(lines.Lines.Count, "question"));
            }
            return true;
        });
        ProbedQuestion[] probed =
        [
            .. lines.Lines.Select((line, i) => ProbedQuestion.Parse(line, Format.Invariant($"{answers}:{i + 1}"))),
        ];
        lines.Complete();
        WriteRows(display, questions, probed, options, Path.Combine(output, "rows.jsonl"));
    }

    private static void WriteRows(
        Display display, (ConversationRow Row, GoldRow Gold)[] questions, ProbedQuestion[] probed, ProbeOptions options,
        string file)
    {
        var rows = RefusalRows.Select(probed, options);
        ConversationWriter.Write(
            file,
            rows.Select(row => row.Refusal is null ? questions[row.Index].Row : new ConversationRow(file, 0)
            {
                Conversation = questions[row.Index].Gold.Prompt.Append(ChatMessage.Assistant(row.Refusal)),
            }),
            ConversationFormat.Messages);
        display.WriteTable(["label", "questions", "share"], Enum.GetValues<KnowledgeLabel>().Select(label =>
        {
            var count = probed.Count(question => question.GetLabel(options) == label);
            return (IReadOnlyList<string>)
                [label.ToString().ToLowerInvariant(), Format.Count(count), Format.Percent((double)count / probed.Length)];
        }));
        var refusals = rows.Count(row => row.Refusal is not null);
        display.WriteLine(
            $"{Format.Count(rows.Count, "row")}, {Format.Count(refusals, "refusal")} among them → {Format.RelativePaths(file)}");
        if (rows.Count == 0) display.WriteWarning("Warning: no question is known, so there is nothing to mix refusals with.");
    }
}
