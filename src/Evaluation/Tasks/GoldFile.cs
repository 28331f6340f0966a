using TurkishLlm.Data.Conversations;
using TurkishLlm.Evaluation.Metrics;
using TurkishLlm.Tokenization.Chat;

namespace TurkishLlm.Evaluation.Tasks;

/// <summary>Reads gold rows from every format of training data, and detects their task type.</summary>
public static class GoldFile
{
    /// <param name="file">The file.</param>
    /// <param name="refusal">The refusal that marks questions without an answer.</param>
    /// <param name="inputIsContext">True to read the input of Alpaca rows as retrieved context.</param>
    /// <param name="unknownKeys">Counts keys that this program does not know; null to ignore them.</param>
    /// <exception cref="FileNotFoundException">The file does not exist.</exception>
    /// <exception cref="InvalidDataException">
    /// The file cannot be read, or a row has no reference answer; the message names the row.
    /// </exception>
    public static IReadOnlyList<GoldRow> Read(
        string file, string refusal, bool inputIsContext = false, UnknownKeys? unknownKeys = null)
    {
        var format = ConversationReader.DetectFormat(file);
        if (format == ConversationFormat.Tokens) throw new InvalidDataException(
            $"{file} holds tokens, but evaluation compares texts. "
            + "Pass the file that the tokens were made from.");
        var rows = ConversationReader.Read(file, inputIsContext, unknownKeys: unknownKeys).ToArray();
        var classes = rows.Select(row => row.Label)
            .OfType<string>()
            .Distinct(StringComparer.Ordinal)
            .Order(StringComparer.Ordinal)
            .ToArray();
        return [.. rows.Select(row => ParseRow(row, format, classes, refusal))];
    }

    private static GoldRow ParseRow(ConversationRow row, ConversationFormat format, string[] classes, string refusal)
    {
        var messages = row.Conversation!.Messages;
        if (messages[^1].Role != ChatRole.Assistant) throw new InvalidDataException(
            $"{row.Location}: the row has no reference answer.");
        var (prompt, reference) = (new Conversation([.. messages.SkipLast(1)]), messages[^1]);
        var choices = GetChoices(row, prompt, reference.Text, classes);
        var shape = row.Label is not null ? TaskType.Classification
            : choices.Count > 0 ? TaskType.MultipleChoice
            : format == ConversationFormat.Extraction ? TaskType.Extraction
            : FinalNumber.IsMarked(reference.Text) ? TaskType.Number
            : Refusal.IsRefusal(reference.Text, refusal) ? TaskType.Refusal
            : prompt.Messages.Any(message => message.Context.Count > 0) ? TaskType.GroundedAnswer
            : TaskType.Answer;
        return new(row.Location, shape, prompt, reference)
        {
            Alternatives = [.. row.Answers.Where(answer => answer != reference.Text)],
            Choices = choices,
            Fields = new Dictionary<string, string>(row.Fields, StringComparer.Ordinal)
            {
                [GoldFields.File] = Path.GetFileName(row.File),
                [GoldFields.TaskType] = GoldFields.GetName(shape),
            },
        };
    }

    private static IReadOnlyList<string> GetChoices(ConversationRow row, Conversation prompt, string reference, string[] classes)
    {
        if (row.Label is not null) return classes.Length > 1 ? classes : throw new InvalidDataException(
            $"{row.Location}: the file has only one class, \"{classes[0]}\"; classification needs at "
            + "least two.");
        if (row.Choices.Count == 0) return OptionLines.Parse(prompt.Messages[^1].Text, reference);
        var choices = row.Choices.Select(choice => ChatMessage.Assistant(choice).Text).ToArray();
        return choices.Contains(reference, StringComparer.Ordinal) ? choices : throw new InvalidDataException(
            $"{row.Location}: the answer \"{reference}\" is not among the choices "
            + $"{string.Join(", ", choices.Select(choice => $"\"{choice}\""))}.");
    }
}
