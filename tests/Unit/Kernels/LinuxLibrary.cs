using System.Text;

namespace TurkishLlm.Tests.Unit.Kernels;

/// <summary>
/// Reads a 64-bit ELF library like the loader, from its program headers and dynamic section. The code of the build reads the
/// section headers, so it cannot hide its own mistakes here.
/// </summary>
/// <remarks>Source: System V ABI, "Program Loading and Dynamic Linking"; Linux Standard Base, "Symbol Versioning".</remarks>
internal sealed class LinuxLibrary(byte[] file)
{
    private const int Load = 1, Dynamic = 2;
    private const long StringTable = 5, SymbolTable = 6, VersionNeeds = 0x6ffffffe;

    /// <summary>Returns the offset of the byte with binding and type of a symbol.</summary>
    public int InfoOfSymbol(string name)
    {
        // The symbol table ends where the string table starts: the loader needs no count, and linkers use this order.
        var (symbols, strings) = (Entry(SymbolTable), Entry(StringTable));
        for (var symbol = symbols; symbol < strings; symbol += 24)
            if (Text(strings + BitConverter.ToInt32(file, symbol)) == name) return symbol + 4;
        throw new InvalidDataException($"No symbol {name}.");
    }

    /// <summary>Returns the offset of the flags of a version that the library requires.</summary>
    public int FlagsOfVersion(string name)
    {
        var strings = Entry(StringTable);
        for (int library = Entry(VersionNeeds), next = 1; next != 0; library += next)
        {
            next = BitConverter.ToInt32(file, library + 12);
            var version = library + BitConverter.ToInt32(file, library + 8);
            for (var left = BitConverter.ToUInt16(file, library + 2); left > 0; left--)
            {
                if (Text(strings + BitConverter.ToInt32(file, version + 8)) == name) return version + 4;
                version += BitConverter.ToInt32(file, version + 12);
            }
        }
        throw new InvalidDataException($"The library does not need {name}.");
    }

    private IEnumerable<int> Segments(int type) => Enumerable.Range(0, BitConverter.ToUInt16(file, 56))
        .Select(i => (int)BitConverter.ToInt64(file, 32) + i * BitConverter.ToUInt16(file, 54))
        .Where(header => BitConverter.ToInt32(file, header) == type);

    // Returns the file offset that an entry of the dynamic section points to.
    private int Entry(long tag)
    {
        for (var entry = (int)BitConverter.ToInt64(file, Segments(Dynamic).Single() + 8); ; entry += 16)
            if (BitConverter.ToInt64(file, entry) == tag) return Place(BitConverter.ToInt64(file, entry + 8));
    }

    private int Place(long address)
    {
        var segment = Segments(Load).Single(header =>
            address >= Start(header) && address < Start(header) + BitConverter.ToInt64(file, header + 32));
        return (int)(BitConverter.ToInt64(file, segment + 8) + address - Start(segment));

        long Start(int header) => BitConverter.ToInt64(file, header + 16);
    }

    private string Text(int at) => Encoding.ASCII.GetString(file, at, Array.IndexOf(file, (byte)0, at) - at);
}
