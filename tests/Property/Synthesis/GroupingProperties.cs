using FsCheck;
using FsCheck.Fluent;
using TurkishLlm.Synthesis;
using TurkishLlm.Synthesis.Chunks;
using TurkishLlm.Synthesis.Documentation;
using TurkishLlm.Synthesis.Grouping;

namespace TurkishLlm.Tests.Property.Synthesis;

/// <summary>The guarantees of each of the eleven rules, on documentation of any structure.</summary>
public sealed class GroupingProperties
{
    [Fact]
    public void Every_group_of_every_rule_is_sound() => Holds(chunks =>
    {
        foreach (var rule in GroupingRules.All)
        {
            var drafts = rule.Group(chunks).ToArray();
            if (drafts.Select(draft => draft.Key).Distinct().Count() != drafts.Length) return $"{rule.Name}: a key twice";
            foreach (var group in GroupingRules.Group(chunks, [rule]))
            {
                if (group.Chunks.Count == 0 || group.Chunks.Distinct().Count() != group.Chunks.Count)
                    return $"{group.Id}: empty, or a chunk twice";
                if (group.Chunks.Any(id => chunks[id].Language != group.Language)) return $"{group.Id}: two languages";
                if (group.Tokens != group.Chunks.Sum(id => chunks[id].TokenCount)) return $"{group.Id}: {group.Tokens} tokens";
            }
        }
        return "";
    });

    [Fact]
    public void The_order_of_the_chunks_does_not_matter() => Holds(chunks =>
        GroupingRules.Group(chunks, GroupingRules.All).Select(JsonText.Serialize)
            .SequenceEqual(
                GroupingRules.Group(new ChunkSet(chunks.All.Reverse()), GroupingRules.All).Select(JsonText.Serialize))
            ? ""
            : "other groups");

    [Fact]
    public void No_part_of_a_divided_group_is_too_large_and_none_of_its_chunks_is_lost() => Holds(chunks =>
    {
        foreach (var rule in GroupingRules.All)
        {
            var whole = GroupingRules.Group(chunks, [rule], int.MaxValue).ToDictionary(group => group.Id);
            foreach (var parts in GroupingRules.Group(chunks, [rule], 700).GroupBy(group => group.Id.Split('~')[0]))
            {
                if (!parts.SelectMany(part => part.Chunks).Distinct().ToHashSet().SetEquals(whole[parts.Key].Chunks))
                    return $"{parts.Key}: not the same chunks";
                var lead = parts
                    .First()
                    .Chunks.Where(id => parts.All(part => part.Chunks.Contains(id)))
                    .Sum(id => chunks[id].TokenCount);
                if (
                    parts.FirstOrDefault(part => part.Tokens > 700 && part.Chunks.Count > 1 && part.Tokens - lead > 400) is
                    { } large)
                    return $"{large.Id}: {large.Tokens} tokens";
            }
        }
        return "";
    });

    [Fact]
    public void Rule_1_puts_every_chunk_alone() => Of(1, (draft, _) => draft.Chunks.Count == 1, chunks => chunks.All.Count);

    [Fact]
    public void Rule_2_puts_every_chunk_of_a_part_of_a_module_together() =>
        Partition(2, chunk => (chunk.Language, chunk.ModuleKey, chunk.Submodule));

    [Fact]
    public void Rule_3_puts_every_chunk_of_a_module_together() => Partition(3, chunk => (chunk.Language, chunk.ModuleKey));

    [Fact]
    public void Rule_4_goes_deeper_within_one_module() => Of(4, (draft, _) =>
        draft.Chunks.Select(chunk => chunk.ModuleKey).Distinct().Count() == 1
        && (draft.Lead is [var above] && draft.Rest.All(chunk => chunk.Parent == above.ChunkId && chunk.Depth > above.Depth)
            || draft.Lead.All(chunk => chunk.Level == PageLevel.Overview)
                && draft.Rest[0] is { Level: PageLevel.Detail, IsHead: true }
                && draft.Rest[^1].Level == PageLevel.Api
                && draft.Rest.Zip(draft.Rest.Skip(1)).All(pair => pair.First.Level <= pair.Second.Level)));

    [Fact]
    public void Rule_5_puts_at_least_two_of_the_same_depth_side_by_side() => Of(5, (draft, _) =>
        draft.Rest.All(chunk => chunk.Parent.Length > 0)
            && draft.Rest.Select(chunk => (chunk.Parent, chunk.Depth)).Distinct().Count() == 1
            && draft.Rest.Count > 1
        || draft.Rest.All(chunk => chunk is { IsHead: false, Level: PageLevel.Detail })
            && draft.Rest.Select(chunk => chunk.Document).Distinct().Count() > 1
            && draft.Rest.Select(chunk => (chunk.ModuleKey, chunk.Submodule)).Distinct().Count() == 1);

    [Fact]
    public void Rule_6_joins_two_pages_of_two_modules_that_refer_to_each_other() => Of(6, (draft, _) =>
        draft.Chunks.Select(chunk => chunk.Document).Distinct().ToArray() is [var one, var two]
        && draft.Chunks.Select(chunk => chunk.ModuleKey).Distinct().Count() == 2
        && draft.Chunks.All(chunk => ChunkSet.LinksTo(chunk, chunk.Document == one ? two : one)));

    [Fact]
    public void Rule_7_joins_what_an_overview_says_of_a_page_with_the_whole_page() => Of(7, (draft, chunks) =>
        draft.Lead.Count > 0
        && draft.Lead.All(chunk => chunk.Level == PageLevel.Overview && ChunkSet.LinksTo(chunk, draft.Rest[0].Document))
        && draft.Rest.SequenceEqual(chunks.GetChunks(draft.Rest[0].Document))
        && draft.Rest[0].Level == PageLevel.Detail
        && draft.Chunks.Select(chunk => chunk.ModuleKey).Distinct().Count() == 1);

    [Fact]
    public void Rule_8_follows_a_process_over_at_least_three_whole_pages() => Of(8, (draft, chunks) =>
        draft.Rest.Select(chunk => chunk.Document).Distinct().ToArray() is { Length: >= 3 } documents
        && documents.Zip(documents.Skip(1)).All(step => chunks.GetChunks(step.First).First().NextDocument == step.Second)
        && draft.Rest.SequenceEqual(documents.SelectMany(chunks.GetChunks))
        && chunks.Pages.All(page => page.NextDocument != documents[0]));

    [Fact]
    public void Rule_9_starts_with_prerequisites_and_continues_with_what_they_refer_to() => Of(9, (draft, _) =>
        draft.Lead is [var foundation] && FoundationConsumerRule.IsFoundation(foundation) && draft.Rest.Count > 0
        && draft.Rest.All(chunk =>
            foundation.Links.Count == 0
                ? chunk.Document == foundation.Document
                : ChunkSet.LinksTo(foundation, chunk.Document)),
        chunks => null);

    [Fact]
    public void Rule_10_joins_all_chunks_that_name_a_table_of_several_modules() => Of(10, (draft, chunks) =>
        draft.Rest.Select(chunk => chunk.ModuleKey).Distinct().Count() > 1
        && draft.Rest.SequenceEqual(
            chunks.All.Where(chunk => chunk.Language == draft.Rest[0].Language && chunk.Tables.Contains(draft.Title))));

    [Fact]
    public void Rule_11_shows_an_overview_and_the_section_that_leads_to_most_pages() => Of(11, (draft, chunks) =>
    {
        int Pages(Chunk chunk) =>
            chunk
                .Links.Select(ChunkSet.GetDocument)
                .Distinct()
                .Count(document => chunks.GetChunks(document).First().ModuleKey == chunk.ModuleKey);
        return draft.Rest.Count <= 2
            && draft.Rest.All(chunk => chunk.Level == PageLevel.Overview)
            && draft.Rest[0] == chunks.GetChunks(draft.Rest[0].Document).First()
            && draft.Rest.Max(Pages) is >= 3 and var most
            && chunks.GetChunks(draft.Rest[0].Document).All(chunk => Pages(chunk) <= most);
    });

    private static void Of(int rule, Func<GroupDraft, ChunkSet, bool> isSound, Func<ChunkSet, int?>? count = null) =>
        Holds(chunks =>
    {
        var drafts = GroupingRules.All[rule - 1].Group(chunks).ToArray();
        return drafts.FirstOrDefault(draft => !isSound(draft, chunks)) is { } wrong
                ? $"{wrong.Key}: {string.Join(' ', wrong.Chunks.Select(chunk => chunk.ChunkId))}"
            : count?.Invoke(chunks) is { } expected && drafts.Length != expected
                ? $"{drafts.Length} groups instead of {expected}"
            : "";
    });

    private static void Partition<TKey>(int rule, Func<Chunk, TKey> key) => Holds(chunks =>
    {
        var expected = chunks
            .All.GroupBy(key)
            .Where(part => part.Count() > 1)
            .Select(part => string.Join(' ', part.Select(chunk => chunk.ChunkId)));
        var found = GroupingRules
            .All[rule - 1]
            .Group(chunks)
            .Select(draft => string.Join(' ', draft.Chunks.Select(chunk => chunk.ChunkId)));
        return expected.Order(StringComparer.Ordinal).SequenceEqual(found.Order(StringComparer.Ordinal)) ? "" : "not the parts";
    });

    private static void Holds(Func<ChunkSet, string> problem) =>
        Prop.ForAll(ChunkArbitraries.Any, chunks =>
        {
            var found = problem(chunks);
            return (found.Length == 0).Label(found);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(150).WithQuietOnSuccess(true));
}
