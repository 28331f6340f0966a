using FluentAssertions;
using TurkishLlm.Synthesis;
using TurkishLlm.Synthesis.Generation;
using TurkishLlm.Synthesis.Grouping;
using TurkishLlm.Tests.Unit.Cli;

namespace TurkishLlm.Tests.Unit.Synthesis;

/// <summary>The eleven rules on the documentation of the factory; its README lists the pages for each rule.</summary>
[Trait("Suite", "Fast")]
public sealed class GroupingTests
{
    private static readonly Lazy<ILookup<int, ChunkGroup>> Groups = new(() =>
        Blueprint.Create(ErpDocumentation.Chunks.All, languages: ["tr"]).Groups.ToLookup(group => group.Rule));

    [Fact]
    public void Every_rule_has_groups() => Enumerable.Range(1, 11).Should().OnlyContain(rule => Groups.Value[rule].Any());

    [Fact]
    public void Eight_features_stand_at_three_depths() =>
        Groups
            .Value[4]
            .Where(group => !group.Id.Contains('#', StringComparison.Ordinal))
            .Select(group => group.Id)
            .Should()
            .BeEquivalentTo(
            "r04/tr/admin/kullanicilar",
            "r04/tr/hammadde/siparisler", "r04/tr/stok/hareketler", "r04/tr/teknik/receteler", "r04/tr/lab/testler",
            "r04/tr/uretim/is-emirleri",
            "r04/tr/satis/siparisler", "r04/tr/finans/faturalar");

    [Fact]
    public void A_vertical_stack_goes_from_the_overview_to_the_api() =>
        Groups.Value[4].Single(group => group.Id == "r04/tr/hammadde/siparisler").Chunks.Should().Equal(
            "tr/hammadde/index#modul-haritasi",
            "tr/hammadde/siparisler#siparis-acma", "tr/hammadde/siparisler#siparis-durum-kodlari",
            "tr/hammadde/siparisler#metal-fiyati-ve-prim-formulu",
            "tr/hammadde/siparis-api#siparis-olusturma-istegi", "tr/hammadde/siparis-api#sorgulama-ve-suzgecler");

    [Fact]
    public void Siblings_are_the_material_groups_the_tests_the_operations_and_the_invoices() =>
        Groups
            .Value[5]
            .Select(group => group.Id)
            .Should()
            .Contain([
                "r05/tr/hammadde/malzeme-gruplari", "r05/tr/lab/testler", "r05/tr/uretim/operasyonlar", "r05/tr/finans/faturalar",
                "r05/tr/stok/depolar#depo-turleri",
            ]);

    [Fact]
    public void The_two_chains_are_supply_and_order()
    {
        Groups.Value[8].Select(group => group.Title).Should().Equal(
            "Satın alma siparişleri → Mal kabul ve QR etiket → Numuneler → Testler → Sevkiyat → Faturalar → "
                + "Tahsilat ve cari hesap",
            "Teklifler → Satış siparişleri → İş emirleri → Operasyonlar → Testler → Sevkiyat → Faturalar → "
                + "Tahsilat ve cari hesap");
    }

    [Fact]
    public void Shared_tables_are_found_in_prose_and_in_sql()
    {
        Groups
            .Value[10]
            .Select(group => group.Title)
            .Should()
            .Contain(["LOT", "MAKARA", "STOK_HAREKET", "RECETE_SATIR", "CARI_HAREKET"]);
        Groups
            .Value[10]
            .Single(group => group.Title == "SEVKIYAT")
            .Chunks.Should()
            .Contain("tr/satis/sevkiyat#e-irsaliye-ve-stok-cikisi", "its SQL names the table");
    }

    [Fact]
    public void Every_module_has_a_map() =>
        Groups
            .Value[11]
            .Where(group => group.Id.EndsWith("/index", StringComparison.Ordinal))
            .Select(group => group.Chunks[^1])
            .Should()
            .HaveCount(8)
            .And.OnlyContain(chunk => chunk.EndsWith("#modul-haritasi", StringComparison.Ordinal));

    [Fact]
    public void A_group_that_is_too_large_is_divided_and_each_part_has_its_lead()
    {
        var parts = Blueprint
            .Create(ErpDocumentation.Chunks.All, rules: [7], languages: ["tr"], maxTokens: 900)
            .Groups.Where(group => group.Id.StartsWith("r07/tr/stok/index+makaralar~", StringComparison.Ordinal))
            .ToArray();
        parts
            .Should()
            .HaveCountGreaterThan(1)
            .And.OnlyContain(part => part.Chunks[0] == "tr/stok/index#modul-haritasi" && part.Tokens <= 900);
        parts
            .SelectMany(part => part.Chunks.Skip(1))
            .Should()
            .Equal(ErpDocumentation.Chunks.GetChunks("tr/stok/makaralar.html").Select(chunk => chunk.ChunkId));
    }

    [Fact]
    public void A_blueprint_says_what_was_written_and_refuses_other_chunks()
    {
        using var here = new TurkishLlm.Tests.Unit.Cli.TestWorkspace();
        var blueprint = Blueprint.Create(ErpDocumentation.Chunks.All);
        blueprint.Write(here / "blueprint.json");
        File.ReadAllText(here / "blueprint.json").Should().Contain("Satın alma siparişleri →");
        var read = Blueprint.Read(here / "blueprint.json");
        read.Groups.Select(JsonText.Serialize).Should().Equal(blueprint.Groups.Select(JsonText.Serialize));

        read.Require(ErpDocumentation.Chunks.All);
        FluentActions
            .Invoking(() => read.Require([.. ErpDocumentation.Chunks.All.Skip(1)]))
            .Should()
            .Throw<InvalidDataException>()
            .WithMessage("The chunks have changed since the blueprint was created. Create it again with: turkishllm synth group");
        FluentActions
            .Invoking(() => Blueprint.Create(ErpDocumentation.Chunks.All, rules: [12]))
            .Should()
            .Throw<InvalidDataException>()
            .WithMessage("The rule 12 does not exist; rules are 1 … 11.");
    }

    [Theory]
    [InlineData(200, 8)]
    [InlineData(600, 15)]
    [InlineData(1300, 20)]
    [InlineData(13_000, 29)]
    [InlineData(10, 5)]
    public void Groups_are_asked_for_as_many_pairs_as_the_reference_got(int tokens, int pairs) =>
        PairCount.Compute(tokens).Should().Be(pairs);

    [Fact]
    public void A_pilot_has_groups_of_every_rule_and_always_the_same()
    {
        var blueprint = Blueprint.Create(ErpDocumentation.Chunks.All);
        var pilot = PilotGroups.Select(blueprint, 11);
        pilot.Select(group => group.Rule).Should().Equal(Enumerable.Range(1, 11));
        PilotGroups
            .Select(blueprint with { Groups = [.. blueprint.Groups.Reverse()] }, 11)
            .Select(group => group.Id)
            .Should()
            .BeEquivalentTo(pilot.Select(group => group.Id));
    }
}
