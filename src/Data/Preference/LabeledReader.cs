using System.Text.Json;
using TurkishLlm.Data.Conversations;

namespace TurkishLlm.Data.Preference;

/// <summary>
/// Reads answers with a label: <c>{"prompt", "completion", "label": true}</c> with the prompts of <see cref="PreferenceReader"/>,
/// and preference pairs, with a desirable chosen answer and an undesirable rejected one.
/// </summary>
/// <remarks>Source: the unpaired preference format of TRL. Spec: KTO-05.</remarks>
public static class LabeledReader
{
    /// <summary>Reads the rows of a file, in order; of a pair, the chosen answer comes first.</summary>
    /// <inheritdoc cref="PreferenceReader.Read"/>
    public static IEnumerable<LabeledRow> Read(
        string file, Action<string>? onSkipped = null, UnknownKeys? unknownKeys = null)
    {
        if (!File.Exists(file))
            throw new FileNotFoundException(
                $"The file {file} of preference pairs or labeled answers does not exist. Give a .jsonl file.", file);
        return JsonRows.Read(file, onSkipped, unknownKeys)
            .SelectMany(row => RowSkipper.ReadOne(() => ReadRow(row), onSkipped))
            .SelectMany(rows => rows);
    }

    private static LabeledRow[] ReadRow(JsonRow row)
    {
        if (row.Has("chosen") || row.Has("rejected"))
        {
            var pair = PreferenceReader.ReadRow(row);
            return [new(pair.File, pair.Line, pair.Chosen, true), new(pair.File, pair.Line, pair.Rejected, false)];
        }
        if (row.FindName("prompt", "messages", "conversations") is not { } prompt || !row.Has("completion") || !row.Has("label"))
            throw row.CreateException(
                $"the row has the keys {row.KeyNames}, but a labeled answer has prompt or messages, completion and label.");
        if (row.Element.GetProperty("label") is not { ValueKind: JsonValueKind.True or JsonValueKind.False } label)
            throw row.CreateException(
                $"\"label\" is {row.Element.GetProperty("label").GetRawText()}; it must be true for a desirable answer, "
                    + "or false.");
        KnownKeys.LabeledAnswer.Check(row, "context", "contexts");
        return [new(row.File, row.Line, PreferenceReader.ReadConversation(row, prompt, "completion"), label.GetBoolean())];
    }
}
