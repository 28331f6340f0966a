namespace TurkishLlm.Tools.Mutation.Catalog;

internal static class ExportMutations
{
    private const string Blocks = "src/Model/Formats/Gguf/GgufBlocks.cs",
        Header = "src/Model/Formats/Gguf/GgufHeaderReader.cs",
        Refact = "src/Model/Formats/Gguf/RefactArchitecture.cs",
        GgufTokenizer = "src/Runs/Gguf/GgufTokenizer.cs",
        Conversion = "src/Tokenization/Foreign/VocabularyConversion.cs",
        ForeignSpecial = "src/Tokenization/Foreign/ForeignSpecialTokens.cs",
        Head = "src/Model/Layers/OutputHead.cs",
        Rows = "src/Model/Parameters/VocabularyRows.cs",
        EventRecord = "src/Runs/Logs/EventRecord.cs",
        TensorBoardLog = "src/Runs/Logs/TensorBoardLog.cs";

    public static IReadOnlyList<Mutation> All { get; } =
    [
        new(
            "quanta-are-truncated", [], Blocks, "MathF.Round(source[i] * inverse, MidpointRounding.AwayFromZero)",
            "MathF.Truncate(source[i] * inverse)", "Weights of 8 bits are rounded toward zero."),
        new(
            "one-scale-for-all-blocks", [], Blocks,
            "foreach (var value in source) largest", "foreach (var value in source[..1]) largest",
            "The scale of a block is that of its first weight."),
        new(
            "bfloat16-is-truncated", [], Blocks, "(bits + 0x7FFF + (bits >> 16 & 1)) >> 16", "bits >> 16",
            "Exported bfloat16 is rounded toward zero."),
        new(
            "keys-and-values-exchanged-in-gguf", [], Refact,
            "(\"attn.k_proj\", \"attn_k\"), (\"attn.v_proj\", \"attn_v\")",
            "(\"attn.k_proj\", \"attn_v\"), (\"attn.v_proj\", \"attn_k\")",
            "The file has the projections of keys and values under each other's names."),
        new(
            "gguf-of-three-heads", [], Refact, "if (int.IsPow2(config.NHeads)) return;", "return;",
            "A number of heads for which llama.cpp has other slopes is exported."),
        new(
            "gguf-axes-are-not-reversed", [], Header, "for (var i = shape.Length - 1; i >= 0; i--)",
            "for (var i = 0; i < shape.Length; i++)", "The axes of a tensor are read in the order of the file."),
        new(
            "special-tokens-are-text-in-gguf", [], GgufTokenizer, "list.IsSpecial(id) ? ControlType : NormalType", "NormalType",
            "llama.cpp prints the end of a turn as text."),
        new(
            "chat-model-ends-with-the-text-in-gguf", [], GgufTokenizer,
            "template is null ? SpecialTokens.EndOfText : SpecialTokens.EndOfTurn", "SpecialTokens.EndOfText",
            "A chat model does not stop at the end of its turn."),
        new(
            "no-begin-token-in-gguf", [], GgufTokenizer,
            "add_bos_token\", template?.Format.Begin is not \"\");", "add_bos_token\", false);",
            "llama.cpp begins texts without the token that training begins them with."),
        new(
            "absent-tokens-are-in-the-softmax", [], Head,
            "return _absentIds is null ? logits : logits.index_fill(-1, _absentIds, float.NegativeInfinity);", "return logits;",
            "Tokens that an imported model lacks take probability from the others."),
        new(
            "absent-tokens-are-in-the-loss", [], Head,
            "if (_presentIds is not null)", "if (_presentIds is not null && scale < 0)",
            "The loss of an imported model is that of a larger vocabulary."),
        new(
            "absent-begin-has-a-new-row", [], Conversion, "source = id == SpecialTokens.BeginOfText ? end : NoSource;",
            "source = NoSource;", "An imported model without a begin of text starts from a random row."),
        new(
            "rows-are-restored-in-our-order", [], Rows, "if (!absent.Contains(id)) rows[sources[id]] = id;",
            "if (!absent.Contains(id)) rows[id - Enumerable.Range(0, id).Count(absent.Contains)] = id;",
            "An imported model is exported with its tokens in the original order and its rows in that of this program."),
        new(
            "a-token-has-two-meanings", [], ForeignSpecial,
            "if (!found.ContainsValue(id)) found.TryAdd(own, id);", "found.TryAdd(own, id);",
            "Where one token ends and pads texts, its row is in the model twice."),
        new(
            "event-checksums-are-not-masked", [], EventRecord, "BitOperations.RotateRight(~crc, 15) + 0xA282EAD8", "~crc",
            "TensorBoard skips every event."),
        new(
            "old-event-files-stay", [], TensorBoardLog, "        foreach (var old in older) File.Delete(old);\n", "",
            "After a resume, steps are in two event files."),
    ];
}
