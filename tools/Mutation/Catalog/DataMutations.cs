namespace TurkishLlm.Tools.Mutation.Catalog;

internal static class DataMutations
{
    private const string Writer = "src/Data/Batches/ShardWriter.cs",
        Header = "src/Data/Batches/ShardHeader.cs",
        Window = "src/Data/Batches/TokenWindow.cs",
        Sequential = "src/Data/Batches/SequentialWindows.cs",
        Position = "src/Data/Batches/CounterRandom.cs",
        Sampler = "src/Data/Batches/WindowSampler.cs",
        Corpus = "src/Data/Corpus/";

    public static IReadOnlyList<Mutation> All { get; } =
    [
        new(
            "ids-wrap-at-16-bits",
            ["BUG-DAT-01"],
            Writer, "if ((uint)ids[i] >= (uint)_vocabularySize) throw", "if (ids[i] < 0) throw",
            "An id of 65,536 or more is written as another."),
        new("ids-modulo-vocabulary", ["BUG-DAT-04"], Writer, """
            if ((uint)ids[i] >= (uint)_vocabularySize) throw CreateException(ids[i]);
            BinaryPrimitives.WriteUInt16LittleEndian(_bytes.AsSpan(ShardHeader.BytesPerToken * i), (ushort)ids[i]);
            """.Indent(12), "BinaryPrimitives.WriteUInt16LittleEndian(_bytes.AsSpan(ShardHeader.BytesPerToken * i), (ushort)((uint)ids[i] % (uint)_vocabularySize));",
            "Ids outside the vocabulary are replaced by valid ones."),
        new("any-width-is-read", ["BUG-DAT-02"], Header, "is var width and not BytesPerToken)", "is var width and 0)",
            "A shard with four bytes per token is read with two."),
        new(
            "header-is-read-as-tokens",
            ["BUG-DAT-02"],
            "src/Data/Batches/ShardFile.cs", "(ulong)(ShardHeader.Length + ShardHeader.BytesPerToken * position), destination)",
            "(ulong)(ShardHeader.BytesPerToken * position), destination)",
            "The first tokens are the bytes of the header."),
        new(
            "trailing-bytes-are-ignored",
            ["BUG-DAT-02"],
            Header, "if (fileLength != header.FileLength)", "if (fileLength < header.FileLength)",
            "A file longer than its header promises is read."),
        new("ids-are-signed", ["BUG-DAT-03"], Window, "(tokens[i], tokens[i + 1]);", "((short)tokens[i], (short)tokens[i + 1]);",
            "Ids above 32,767 turn negative."),
        new(
            "no-end-of-text",
            ["BUG-DAT-06"],
            Corpus + "SplitWriter.cs", "_ids[length - 1] = SpecialTokens.EndOfText;", "_ids[length - 1] = SpecialTokens.Pad;",
            "Documents do not end with end-of-text."),
        new(
            "end-of-text-for-begin",
            ["BUG-DAT-06"],
            Corpus + "SplitWriter.cs", "_ids[0] = SpecialTokens.BeginOfText;", "_ids[0] = SpecialTokens.EndOfText;",
            "Documents begin with end-of-text."),
        new(
            "tokens-counted-without-borders",
            ["BUG-DAT-07"],
            Corpus + "ShardAssembler.cs", "_trainTokens[document.Source] += document.Tokens.Length + 2;",
            "_trainTokens[document.Source] += document.Tokens.Length;",
            "The manifest counts documents without their first and last token."),
        new(
            "windows-skip-a-token",
            ["BUG-DAT-09"],
            Sequential, "TokenWindow.Read(_shard, index * _sequenceLength,",
            "TokenWindow.Read(_shard, Math.Min(index * (_sequenceLength + 1L), TargetCount - length),",
            "Between two validation windows a token is never a target."),
        new(
            "ranks-read-the-same-rows",
            ["BUG-DAT-11", "BUG-DAT-13"],
            "src/Training/Distributed/RankShard.cs", "return new RankShard(rank * rows,", "return new RankShard(0,",
            "Every process reads the rows of the first."),
        new(
            "micro-batches-overlap",
            ["BUG-DAT-14"],
            "src/Training/Distributed/RankShard.cs", "FirstRow + batch * MicroBatchSize", "FirstRow + batch",
            "Micro-batches share rows."),
        new(
            "rows-of-a-batch-are-equal",
            ["BUG-DAT-14"],
            "src/Training/Objectives/TokenBatch.cs",
            "sampler.Read(\n                dataStep, firstRow + row,", "sampler.Read(dataStep, firstRow,",
            "Every row of a micro-batch is its first."),
        new("position-without-row", ["BUG-DAT-13"], Position, "+ (ulong)stream * SplitMix64.Increment", "",
            "All rows of a step start at the same position."),
        new(
            "position-without-step",
            ["BUG-DAT-13", "BUG-DAT-16"],
            Position, "(ulong)counter * SplitMix64.Increment", "SplitMix64.Increment",
            "Every step reads the same windows."),
        new("position-without-seed", ["BUG-DAT-13"], Position, "(ulong)seed + SplitMix64.Increment", "SplitMix64.Increment",
            "Every seed reads the same windows."),
        new(
            "last-window-never-read",
            ["BUG-DAT-20"],
            Sampler,
            "PositionCount => _shard.Count - _sequenceLength;",
            "PositionCount => Math.Max(1, _shard.Count - _sequenceLength - 1);",
            "No window begins at the last position where one fits."),
        new("some-positions-too-often", [], Position, "if (low >= biased) return (long)high;", "return (long)high;",
            "Positions are not equally likely in large ranges."),
        new(
            "last-partial-window-dropped",
            ["BUG-DAT-20", "BUG-DAT-22"],
            Sequential,
            "Count => (TargetCount + _sequenceLength - 1) / _sequenceLength;",
            "Count => Math.Max(1, TargetCount / _sequenceLength);",
            "The tail of the validation file is not evaluated."),
        new(
            "last-token-never-target",
            ["BUG-DAT-20"],
            Sequential,
            "TargetCount => _shard.Count - 1;",
            "TargetCount => Math.Max(1, _shard.Count - 2);",
            "The last token of the file is never a target."),
        new(
            "duplicates-stay",
            ["BUG-DAT-19"],
            Corpus + "Duplicates.cs", "exclusions[i] = (byte)ExclusionReason.Duplicate;", "exclusions[i] = 0;",
            "A duplicate of a training document can be in the data again."),
        new(
            "near-duplicates-stay",
            ["BUG-DAT-19"],
            Corpus + "NearDuplicates.cs", "if (IsNearAny(earlier)) exclusions", "if (earlier < 0) exclusions",
            "Documents that differ in a few words are kept, in both splits."),
        new(
            "training-reads-validation-too",
            ["BUG-DAT-19"],
            Corpus + "ShardAssembler.cs", "if (document.Split == split) yield",
            "if (document.Split == split || split == DataSplit.Train) yield",
            "Validation documents are in training as well."),
        new(
            "overlap-is-let-through",
            ["BUG-DAT-19"],
            Corpus + "ShardAssembler.cs", "&& share >= options.ValidationOverlap)", "&& share > 1)",
            "Validation documents that share words with training are kept."),
        new(
            "training-shards-for-validation",
            ["BUG-DAT-19"],
            "src/Data/Batches/TokenDataset.cs",
            "validation = OpenSplit(directory, manifest, DataSplit.Validation);",
            "validation = OpenSplit(directory, manifest, DataSplit.Train);",
            "The run validates on its training shards."),
        new(
            "first-run-of-an-evaluation-only",
            [],
            Corpus + "EvaluationIndex.cs", "while (nGrams.MoveNext()) _fileOfNGram.TryAdd(nGrams.Hash, file);",
            "if (nGrams.MoveNext()) _fileOfNGram.TryAdd(nGrams.Hash, file);",
            "Evaluation texts are recognized by their first words only."),
        new(
            "one-copy-too-few",
            [],
            Corpus + "ShardAssembler.cs", "if (document.Copies < round) continue;",
            "if (round > 1 && document.Copies <= round) continue;",
            "A weight repeats documents once too seldom."),
        new(
            "similarity-too-low",
            [],
            Corpus + "MinHash.cs", "return (double)equal / SignatureLength;",
            "return (double)equal / (SignatureLength + SignatureLength / 4);",
            "Similarity is estimated too low."),
        new(
            "only-the-first-shard-is-verified",
            [],
            "src/Data/Batches/ShardVerification.cs", "if (!isKnown) damage[i] =", "if (!isKnown && i == 0) damage[i] =",
            "Only the first shard is compared with its hash."),
        new(
            "verified-once-and-for-all",
            [],
            "src/Data/Batches/VerifiedShards.cs", "entry == new Entry(identity, sha256, vocabularySize);",
            "entry == new Entry(entry.Identity, sha256, vocabularySize);",
            "A shard that was verified is never read again, even if its file has changed."),
        new(
            "random-positions-wrap-at-31-bits",
            ["BUG-DAT-23"],
            Sampler, "CounterRandom.GetInt64(_seed, dataStep, row, PositionCount);",
            "CounterRandom.GetInt64(_seed, dataStep, row, PositionCount) & int.MaxValue;",
            "In a shard of more than 2³¹ tokens, no window begins beyond them."),
        new(
            "examples-wrap-at-16-bits",
            ["BUG-DAT-23"],
            Sampler, "_shard.Read(GetPosition(dataStep, row), tokens);",
            "_shard.Read((ushort)GetPosition(dataStep, row), tokens);",
            "Running text of fine-tuning comes from the first 65,536 tokens."),
        new(
            "sequential-positions-wrap-at-31-bits",
            ["BUG-DAT-23"],
            Sequential, "TokenWindow.Read(_shard, index * _sequenceLength,",
            "TokenWindow.Read(_shard, index * _sequenceLength & int.MaxValue,",
            "Validation windows beyond 2³¹ tokens are those of the beginning."),
        new(
            "offsets-wrap-at-4-gib",
            ["BUG-DAT-23"],
            "src/Data/Batches/ShardFile.cs", "(ulong)(ShardHeader.Length + ShardHeader.BytesPerToken * position), destination)",
            "(uint)(ShardHeader.Length + ShardHeader.BytesPerToken * position), destination)",
            "Beyond 4 GiB, a file is read from its beginning again."),
        new(
            "bytes-of-earlier-sources-count",
            ["BUG-DAT-24"],
            Corpus + "CorpusSelection.cs", "Array.Clear(bytes);", "",
            "The cap and the weight of a source are computed from its bytes and those of the sources before it."),
        new(
            "evaluation-text-is-not-composed",
            ["BUG-DAT-27"],
            Corpus + "EvaluationIndex.cs", "index.Add(TextNormalizer.ToNfc(text), files.Count)", "index.Add(text, files.Count)",
            "Evaluation texts in decomposed form are not found in documents."),
        new(
            "first-evaluation-file-only",
            ["BUG-DAT-27"],
            Corpus + "EvaluationIndex.cs", "if (!index.Add(TextNormalizer.ToNfc(text), files.Count)) tooShort++;",
            "if (files.Count == 0 && !index.Add(TextNormalizer.ToNfc(text), files.Count)) tooShort++;",
            "Texts of all evaluation files but the first are not searched."),
        new(
            "identity-numbers-without-their-last-digit", [],
            "src/Data/Privacy/CheckDigits.cs", "tenth == digits[9] - '0' && (odd + even + tenth) % 10 == digits[10] - '0'",
            "tenth == digits[9] - '0'",
            "The eleventh digit of an identity number is not checked."),
        new(
            "tax-number-of-nine", [],
            "src/Data/Privacy/CheckDigits.cs", "shifted != 0 && product == 0 ? 9 : product", "product",
            "A shifted digit of 9 counts as 0."),
        new(
            "mask-loses-text-between", [],
            "src/Data/Privacy/PersonalDataMask.cs", "masked.Append(text, kept, span.Start - kept)",
            "masked.Append(text, kept, Math.Min(1, span.Start - kept))",
            "Text between two findings is lost."),
        new(
            "contexts-are-not-compared", [],
            "src/Data/RowChecks/CheckedRow.cs", "message.Role is ChatRole.System or ChatRole.Tool || message.Context.Count > 0",
            "message.Role is ChatRole.System or ChatRole.Tool",
            "Questions about different contexts contradict one another."),
        new(
            "negations-are-not-compared", [],
            "src/Data/RowChecks/Negations.cs", "=> Count(a) == Count(b);", "=> true;",
            "Answers that differ in a negation are near-duplicates."),
        new(
            "jaccard-over-both", [],
            "src/Data/RowChecks/LetterTrigrams.cs", "(_sorted.Length + other._sorted.Length - shared)",
            "Math.Max(_sorted.Length, other._sorted.Length)",
            "Similarity is measured against the longer text only."),
    ];
}
