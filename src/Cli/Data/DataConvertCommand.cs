using System.CommandLine;
using TurkishLlm.Cli.Options;
using TurkishLlm.Cli.Terminal;
using TurkishLlm.Data.Conversations;
using TurkishLlm.Data.FineTuning;
using TurkishLlm.Tokenization;
using TurkishLlm.Tokenization.Chat;

namespace TurkishLlm.Cli.Data;

/// <summary><c>turkishllm data convert FILE OUTPUT --to FORMAT</c></summary>
internal static class DataConvertCommand
{
    public static Command Create(Display display)
    {
        var file = new Argument<string>("file") { Description = "File of conversations, in any supported format." };
        var output = new Argument<string>("output") { Description = "JSON Lines file to write. An existing file is replaced." };
        var to = new Option<string>("--to")
        {
            Description = $"Format to write: {string.Join(", ", ConversationWriter.Formats.Select(Name))}.",
            HelpName = "format", DefaultValueFactory = _ => Name(ConversationFormat.Messages),
        };
        to.AcceptOnlyFromAmong([.. ConversationWriter.Formats.Select(Name)]);
        var context = new Option<bool>("--input-is-context")
        {
            Description = "Read the input field of Alpaca rows as retrieved context.",
        };
        var tokenizer = new Option<string>("--tokenizer", "-t") { Description = "Tokenizer folder. Required with --to tokens." };
        var marks = ChatTemplateOption.Create("Marks around messages, with --to tokens (default: turkishllm).");
        var command = new Command("convert", "Convert conversations to another format.")
        {
            file, output, to, context, tokenizer, marks,
        };
        command.Validators.Add(parsed =>
        {
            if (parsed.GetValue(to) == Name(ConversationFormat.Tokens) && parsed.GetResult(tokenizer) is null)
                parsed.AddError("Option '--tokenizer' is required for --to tokens.");
        });
        command.SetAction(parsed =>
        {
            var (from, target) = (parsed.GetRequiredValue(file), parsed.GetRequiredValue(output));
            var format = ConversationWriter.Formats.First(format => Name(format) == parsed.GetValue(to));
            if (Path.GetFullPath(from) == Path.GetFullPath(target))
                throw new InvalidDataException($"{from} is both input and output. Choose another output file.");
            var template = parsed.GetValue(tokenizer) is { } folder
                ? new ChatTemplate(TokenizerFolder.Load(folder), format: ChatTemplateOption.Find(parsed, marks))
                : null;
            var unknown = new UnknownKeys();
            var rows = ConversationWriter.Write(
                target, ConversationReader.Read(from, parsed.GetValue(context), unknownKeys: unknown), format, template);
            display.WriteLine(
                $"{Format.Count(rows, "row")} of {ConversationReader.DetectFormat(from)} → "
                    + $"{Format.RelativePaths(target)}, {format}");
            if (unknown.Description.Length > 0)
                display.WriteWarning(RowNotes.DescribeUnknownKeys(Format.RelativePaths(from), unknown.Description));
        });
        return command;
    }

    private static string Name(ConversationFormat format) => format.ToString().ToLowerInvariant();
}
