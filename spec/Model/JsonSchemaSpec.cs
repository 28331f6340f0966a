using System.Text.Json;
using System.Text.Json.Nodes;
using TurkishLlm.Data.Batches;
using TurkishLlm.Files;
using TurkishLlm.Inference.Batching;
using TurkishLlm.Inference.Chat;
using TurkishLlm.Inference.Constraints;
using TurkishLlm.Inference.Decoding;
using TurkishLlm.Model;
using TurkishLlm.Spec.Plans;
using TurkishLlm.Tokenization;

namespace TurkishLlm.Spec.Model;

/// <summary>Generates a text under a JSON Schema with random logits.</summary>
/// <param name="schema">The schema.</param>
/// <param name="seed">Seed of the logits.</param>
public delegate Answer GenerateJson(JsonElement schema, long seed);

/// <summary>Constrained decoding: GEN-32.</summary>
public static class JsonSchemaSpec
{
    private const int Samples = 12, MaxTokens = 600;

    /// <summary>GEN-32.</summary>
    public static readonly Requirement<JsonSchemaCase, GenerateJson> GEN_32_Schema = new()
    {
        Id = "GEN-32",
        Statement = "A text that is generated under a JSON Schema and ends by itself is JSON that the schema accepts, also with "
            + "a random model.",
        Source = "Willard and Louf 2023, \"Efficient Guided Generation for Large Language Models\", arXiv:2307.09702",
        CanonicalCases =
        [
            new("a stock item", """
                {"type":"object","additionalProperties":false,"required":["ad","adet"],"properties":{
                 "ad":{"enum":["kablo","makara \"büyük\"","ışık"]},"adet":{"type":"integer"},
                 "depo":{"anyOf":[{"const":"D50"},{"type":"null"}]},
                 "ölçüler":{"type":"array","items":{"type":"number"},"minItems":2,"maxItems":3}}}
                """),
            new("a list", """
                {"type":"array","minItems":1,"maxItems":2,"items":{"type":"object","required":["x"],
                 "properties":{"x":{"type":["boolean","null"]},"y":{"type":"array","maxItems":1,"items":{"const":7}}}}}
                """),
        ],
        Subject = (_, at) => (schema, seed) => Generate(at, Grammar.FromJsonSchema(schema), seed),
        Holds = (generate, c, at) =>
        {
            var answers = Enumerable.Range(0, Samples).Select(i => generate(c.Element, at.Seed + i)).ToArray();
            var complete = answers.Where(answer => answer.IsComplete).ToArray();
            var problems = complete.Select(answer =>
                c.FindProblem(answer.Text) is { } problem ? $"{answer.Text}: {problem}" : null);
            return Verdict.All(
                Verdict.That(complete.Length >= Samples / 2, $"{complete.Length} of {Samples} texts end by themselves"),
                Verdict.That(complete.Select(answer => answer.Text).Distinct().Count() > 1, "the texts differ"),
                Verdict.Equal("", problems.FirstOrDefault(problem => problem is not null) ?? "", "text that is not accepted"));
        },
        Impostors = new()
        {
            ["only asks for JSON"] = (_, at) => (_, seed) => Generate(at, null, seed),
            ["forgets what is required"] = (_, at) => (schema, seed) =>
                Generate(at, Grammar.FromJsonSchema(Without(schema, "required", "minItems")), seed),
            ["forgets the types of values"] = (_, at) => (schema, seed) =>
                Generate(at, Grammar.FromJsonSchema(Without(schema, "enum", "const", "anyOf", "type", "items")), seed),
            ["may end one token early"] = (_, at) => (schema, seed) =>
            {
                var answer = Generate(at, Grammar.FromJsonSchema(schema), seed);
                return answer with { Text = at.Tokenizer.Decode(answer.TokenIds.SkipLast(1)) };
            },
            ["checks the first byte of a token only"] = (_, at) => (schema, seed) =>
            {
                var answer = Generate(at, Grammar.FromJsonSchema(schema), seed);
                return answer with
                {
                    Text = string.Concat(answer.TokenIds.Select(id =>
                        at.Tokenizer.Decode([FindWithFirstByte(at, at.Tokenizer.GetBytes(id)[0], seed)]))),
                };
            },
        },
    };

    /// <summary>All requirements of this class.</summary>
    public static IReadOnlyList<Requirement> All => [GEN_32_Schema];

    private static Answer Generate(Conditions at, Grammar? grammar, long seed)
    {
        using var decoder = new RandomDecoder(at.Tokenizer.VocabularySize, seed);
        using var scheduler = new BatchScheduler(decoder, at.Tokenizer, new(), TimeProvider.System);
        var request = new TextRequest(
            [SpecialTokens.BeginOfText], new() { MaxTokens = MaxTokens, Temperature = 1, TopK = 0, Seed = seed })
        {
            Grammar = grammar,
        };
        return scheduler.Submit(request).Result.GetAwaiter().GetResult().Answer;
    }

    private static int FindWithFirstByte(Conditions at, byte first, long seed)
    {
        var start = (int)((ulong)seed % (ulong)at.Tokenizer.VocabularySize);
        return Enumerable.Range(0, at.Tokenizer.VocabularySize)
            .Select(i => (i + start) % at.Tokenizer.VocabularySize)
            .Where(id => id >= SpecialTokens.Count)
            .First(id => at.Tokenizer.GetBytes(id) is [var own, ..] && own == first);
    }

    // The schema without some keywords, also in the schemas within it.
    private static JsonElement Without(JsonElement schema, params string[] keywords)
    {
        var node = StrictJson.ParseNode(schema.GetRawText(), "schema");
        Remove(node, keywords);
        return StrictJson.Parse(node.ToJsonString(), "schema").RootElement;
    }

    private static void Remove(JsonNode? node, string[] keywords)
    {
        if (node is JsonArray list)
            foreach (var item in list) Remove(item, keywords);
        if (node is not JsonObject schema) return;
        foreach (var keyword in keywords) schema.Remove(keyword);
        foreach (var (_, value) in schema) Remove(value, keywords);
    }

    /// <summary>A decoder with random logits that ends its turn as soon as it may, and prefers to close what is open.</summary>
    private sealed class RandomDecoder(int vocabulary, long seed) : IDecoder
    {
        private ulong _state = (ulong)seed;

        public ModelConfig Config { get; } =
            new(vocabulary, dModel: 8, nLayers: 1, nHeads: 2, nKvHeads: 1, dFf: 8, maxSeqLen: 2 * MaxTokens);

        public IDecoderSequence CreateSequence(int capacity) => new Sequence(capacity);

        public void Append(ReadOnlySpan<DecoderInput> batch, Span<float> logits)
        {
            foreach (var input in batch) ((Sequence)input.Sequence).Length += input.Ids.Length;
            foreach (ref var logit in logits)
                logit = (float)(SplitMix64.Mix(_state += SplitMix64.Increment) >> 40) / (1 << 22);
            logits[SpecialTokens.EndOfTurn] += 2;
        }

        public void Dispose()
        {
        }

        private sealed class Sequence(int capacity) : IDecoderSequence
        {
            public int Capacity => capacity;

            public int Length { get; set; }

            public void Crop(int length) => Length = length;

            public void Dispose()
            {
            }
        }
    }
}
