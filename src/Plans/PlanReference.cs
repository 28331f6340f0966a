using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using TurkishLlm.Plans.Chains;

namespace TurkishLlm.Plans;

/// <summary>Renders <see cref="PlanSchema"/> for people and for editors.</summary>
public static class PlanReference
{
    private const int Columns = 100;

    private static readonly JsonSerializerOptions Readable = new()
    {
        WriteIndented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>Returns all keys of a training plan as text of at most 100 columns, indented like a plan.</summary>
    public static string ToHelp()
    {
        var width = 2 + PlanSchema.Keys.Where(named => !named.Key.Type.IsMapping)
            .Max(named => Indent(named.Path).Length + named.Key.Name.Length);
        var text = new StringBuilder();
        foreach (var (path, key) in PlanSchema.Keys)
        {
            var indent = Indent(path);
            if (key.Type.IsMapping)
            {
                var heading = Wrap($"{indent}{key.Name}: ", indent.Length + 2, DescribeSection(key));
                text.Append('\n').AppendJoin('\n', heading).Append('\n');
                if (Placeholder(path) is { } name) text.Append(indent).Append("  ").Append(name).Append(":\n");
                continue;
            }

            var value = Wrap((indent + key.Name).PadRight(width), width, $"{DescribeValue(key)}; {DescribeDefault(key)}.");
            var meaning = Wrap(new string(' ', width), width, DescribeMeaning(key));
            text.AppendJoin('\n', value.Concat(meaning)).Append('\n');
        }

        return text.ToString();
    }

    /// <summary>Returns the page <c>docs/plan-reference.md</c>.</summary>
    public static string ToMarkdown()
    {
        var text = new StringBuilder(
            """
            # Plan reference

            A plan is a YAML file. It decides everything that a run computes; the folder `configs` contains examples. A key on the
            command line replaces the value of the file: `turkishllm train configs/toy.yaml --set training.steps=100`.

            `turkishllm train --help-plan` prints the keys of training plans. Editors with a YAML language server complete and
            check a plan if its first line names the schema, as in the examples: [plan.schema.json](plan.schema.json).

            All keys exist since version 1.0 unless a later version is named. This page and the schemas are generated from
            `src/Plans/PlanSchema.cs` and `src/Plans/Chains/ChainSchema.cs`; a test fails if they are stale, and writes the new text to a file beside them.

            ## Training plans

            """);
        AppendTables(text, PlanSchema.Keys);
        text.Append("\n## Corpus plans\n\nUsed by `turkishllm data prepare`; [JSON Schema](corpus-plan.schema.json).\n");
        AppendTables(text, PlanSchema.CorpusKeys);
        text.Append("\n## Chains\n\nUsed by `turkishllm pipeline`; [JSON Schema](chain.schema.json).\n");
        AppendTables(text, ChainSchema.Keys);
        return text.ToString();
    }

    /// <summary>Returns the JSON Schema of training plans, <c>docs/plan.schema.json</c>.</summary>
    public static string ToJsonSchema() => ToJsonSchema("TurkishLlm training plan", PlanSchema.Root.ToJsonSchema());

    /// <summary>Returns the JSON Schema of corpus plans, <c>docs/corpus-plan.schema.json</c>.</summary>
    public static string ToCorpusJsonSchema() => ToJsonSchema("TurkishLlm corpus plan", PlanSchema.Corpus.ToJsonSchema());

    /// <summary>Returns the JSON Schema of chains, <c>docs/chain.schema.json</c>.</summary>
    public static string ToChainJsonSchema() => ToJsonSchema("TurkishLlm chain", ChainSchema.Root.ToJsonSchema());

    private static string ToJsonSchema(string title, JsonObject section)
    {
        var schema = new JsonObject { ["$schema"] = "http://json-schema.org/draft-07/schema#", ["title"] = title };
        foreach (var (name, value) in section) schema[name] = value?.DeepClone();
        return schema.ToJsonString(Readable) + "\n";
    }

    private static void AppendTables(StringBuilder text, IReadOnlyList<(string Path, PlanKey Key)> keys)
    {
        AppendTable(text, keys, section: null);
        foreach (var (path, key) in keys.Where(named => named.Key.Type.IsMapping))
        {
            text.Append(CultureInfo.InvariantCulture, $"\n### {path}\n\n{DescribeSection(key)}\n");
            AppendTable(text, keys, Placeholder(path) is { } name ? $"{path}.{name}" : path);
        }
    }

    private static void AppendTable(StringBuilder text, IReadOnlyList<(string Path, PlanKey Key)> keys, string? section)
    {
        var rows = keys.Where(named => !named.Key.Type.IsMapping)
            .Where(named => named.Path == PlanType.Join(section, named.Key.Name)).ToArray();
        if (rows.Length == 0) return;
        text.Append("\n| Key | Value | Default | Meaning |\n|---|---|---|---|\n");
        foreach (var (path, key) in rows)
            text.Append("| ")
                .AppendJoin(" | ", $"`{path}`", DescribeValue(key), DescribeDefault(key, code: true), DescribeMeaning(key))
                .Append(" |\n");
    }

    private static string DescribeSection(PlanKey key) => $"{key.Summary}{(key.IsRequired ? " Required." : "")}";

    private static string DescribeValue(PlanKey key)
    {
        var rule = key.Range is { } range ? $", {range.Rule}" : "";
        return $"{key.Type.Name}{rule}{(key.Unit is { Length: > 0 } unit ? $" ({unit})" : "")}";
    }

    private static string DescribeDefault(PlanKey key, bool code = false)
    {
        var mark = code ? "`" : "";
        if (key.RequiredUnless is { } other) return $"required unless {mark}{other}{mark} is given";
        if (key.IsRequired) return "required";
        return key.Default is not { } value ? "optional" : code ? $"`{value}`" : $"default {value}";
    }

    private static string DescribeMeaning(PlanKey key) =>
        key.Since == PlanSchema.FirstVersion ? key.Summary : $"{key.Summary} Since {key.Since}.";

    // The placeholder for the names that a plan chooses, for example NAME in sft.sources.NAME.path.
    private static string? Placeholder(string path) =>
        PlanSchema.Keys.Concat(PlanSchema.CorpusKeys).Concat(ChainSchema.Keys).Select(named => named.Path)
            .Where(inner => inner.StartsWith($"{path}.", StringComparison.Ordinal))
            .Select(inner => inner[(path.Length + 1)..].Split('.')[0])
            .FirstOrDefault(name => name.All(char.IsAsciiLetterUpper));

    private static string Indent(string path) => new(' ', 2 * path.Count(c => c == '.'));

    private static IEnumerable<string> Wrap(string start, int indent, string sentence)
    {
        var line = new StringBuilder(start.TrimEnd());
        if (start.EndsWith(' ')) line.Append(' ', start.Length - line.Length - 1);
        foreach (var word in sentence.Split(' '))
        {
            if (line.Length + 1 + word.Length > Columns)
            {
                yield return line.ToString();
                line.Clear().Append(' ', indent - 1);
            }

            line.Append(' ').Append(word);
        }

        yield return line.ToString();
    }
}
