import { createRequire as __WEBPACK_EXTERNAL_createRequire } from "module";
/******/ var __webpack_modules__ = ({

/***/ 603:
/***/ ((module, __unused_webpack_exports, __nccwpck_require__) => {



const debug = __nccwpck_require__(900)
const { MAX_LENGTH, MAX_SAFE_INTEGER } = __nccwpck_require__(733)
const { safeRe: re, t } = __nccwpck_require__(191)

const parseOptions = __nccwpck_require__(308)
const { compareIdentifiers } = __nccwpck_require__(916)

const isPrereleaseIdentifier = (prerelease, identifier) => {
  const identifiers = identifier.split('.')
  if (identifiers.length > prerelease.length) {
    return false
  }

  for (let i = 0; i < identifiers.length; i++) {
    if (compareIdentifiers(prerelease[i], identifiers[i]) !== 0) {
      return false
    }
  }

  return true
}

class SemVer {
  constructor (version, options) {
    options = parseOptions(options)

    if (version instanceof SemVer) {
      if (version.loose === !!options.loose &&
        version.includePrerelease === !!options.includePrerelease) {
        return version
      } else {
        version = version.version
      }
    } else if (typeof version !== 'string') {
      throw new TypeError(`Invalid version. Must be a string. Got type "${typeof version}".`)
    }

    if (version.length > MAX_LENGTH) {
      throw new TypeError(
        `version is longer than ${MAX_LENGTH} characters`
      )
    }

    debug('SemVer', version, options)
    this.options = options
    this.loose = !!options.loose
    // this isn't actually relevant for versions, but keep it so that we
    // don't run into trouble passing this.options around.
    this.includePrerelease = !!options.includePrerelease

    const m = version.trim().match(options.loose ? re[t.LOOSE] : re[t.FULL])

    if (!m) {
      throw new TypeError(`Invalid Version: ${version}`)
    }

    this.raw = version

    // these are actually numbers
    this.major = +m[1]
    this.minor = +m[2]
    this.patch = +m[3]

    if (this.major > MAX_SAFE_INTEGER || this.major < 0) {
      throw new TypeError('Invalid major version')
    }

    if (this.minor > MAX_SAFE_INTEGER || this.minor < 0) {
      throw new TypeError('Invalid minor version')
    }

    if (this.patch > MAX_SAFE_INTEGER || this.patch < 0) {
      throw new TypeError('Invalid patch version')
    }

    // numberify any prerelease numeric ids
    if (!m[4]) {
      this.prerelease = []
    } else {
      this.prerelease = m[4].split('.').map((id) => {
        if (/^[0-9]+$/.test(id)) {
          const num = +id
          if (num >= 0 && num < MAX_SAFE_INTEGER) {
            return num
          }
        }
        return id
      })
    }

    this.build = m[5] ? m[5].split('.') : []
    this.format()
  }

  format () {
    this.version = `${this.major}.${this.minor}.${this.patch}`
    if (this.prerelease.length) {
      this.version += `-${this.prerelease.join('.')}`
    }
    return this.version
  }

  toString () {
    return this.version
  }

  compare (other) {
    debug('SemVer.compare', this.version, this.options, other)
    if (!(other instanceof SemVer)) {
      if (typeof other === 'string' && other === this.version) {
        return 0
      }
      other = new SemVer(other, this.options)
    }

    if (other.version === this.version) {
      return 0
    }

    return this.compareMain(other) || this.comparePre(other)
  }

  compareMain (other) {
    if (!(other instanceof SemVer)) {
      other = new SemVer(other, this.options)
    }

    if (this.major < other.major) {
      return -1
    }
    if (this.major > other.major) {
      return 1
    }
    if (this.minor < other.minor) {
      return -1
    }
    if (this.minor > other.minor) {
      return 1
    }
    if (this.patch < other.patch) {
      return -1
    }
    if (this.patch > other.patch) {
      return 1
    }
    return 0
  }

  comparePre (other) {
    if (!(other instanceof SemVer)) {
      other = new SemVer(other, this.options)
    }

    // NOT having a prerelease is > having one
    if (this.prerelease.length && !other.prerelease.length) {
      return -1
    } else if (!this.prerelease.length && other.prerelease.length) {
      return 1
    } else if (!this.prerelease.length && !other.prerelease.length) {
      return 0
    }

    let i = 0
    do {
      const a = this.prerelease[i]
      const b = other.prerelease[i]
      debug('prerelease compare', i, a, b)
      if (a === undefined && b === undefined) {
        return 0
      } else if (b === undefined) {
        return 1
      } else if (a === undefined) {
        return -1
      } else if (a === b) {
        continue
      } else {
        return compareIdentifiers(a, b)
      }
    } while (++i)
  }

  compareBuild (other) {
    if (!(other instanceof SemVer)) {
      other = new SemVer(other, this.options)
    }

    let i = 0
    do {
      const a = this.build[i]
      const b = other.build[i]
      debug('build compare', i, a, b)
      if (a === undefined && b === undefined) {
        return 0
      } else if (b === undefined) {
        return 1
      } else if (a === undefined) {
        return -1
      } else if (a === b) {
        continue
      } else {
        return compareIdentifiers(a, b)
      }
    } while (++i)
  }

  // preminor will bump the version up to the next minor release, and immediately
  // down to pre-release. premajor and prepatch work the same way.
  inc (release, identifier, identifierBase) {
    if (release.startsWith('pre')) {
      if (!identifier && identifierBase === false) {
        throw new Error('invalid increment argument: identifier is empty')
      }
      // Avoid an invalid semver results
      if (identifier) {
        const match = `-${identifier}`.match(this.options.loose ? re[t.PRERELEASELOOSE] : re[t.PRERELEASE])
        if (!match || match[1] !== identifier) {
          throw new Error(`invalid identifier: ${identifier}`)
        }
      }
    }

    switch (release) {
      case 'premajor':
        this.prerelease.length = 0
        this.patch = 0
        this.minor = 0
        this.major++
        this.inc('pre', identifier, identifierBase)
        break
      case 'preminor':
        this.prerelease.length = 0
        this.patch = 0
        this.minor++
        this.inc('pre', identifier, identifierBase)
        break
      case 'prepatch':
        // If this is already a prerelease, it will bump to the next version
        // drop any prereleases that might already exist, since they are not
        // relevant at this point.
        this.prerelease.length = 0
        this.inc('patch', identifier, identifierBase)
        this.inc('pre', identifier, identifierBase)
        break
      // If the input is a non-prerelease version, this acts the same as
      // prepatch.
      case 'prerelease':
        if (this.prerelease.length === 0) {
          this.inc('patch', identifier, identifierBase)
        }
        this.inc('pre', identifier, identifierBase)
        break
      case 'release':
        if (this.prerelease.length === 0) {
          throw new Error(`version ${this.raw} is not a prerelease`)
        }
        this.prerelease.length = 0
        break

      case 'major':
        // If this is a pre-major version, bump up to the same major version.
        // Otherwise increment major.
        // 1.0.0-5 bumps to 1.0.0
        // 1.1.0 bumps to 2.0.0
        if (
          this.minor !== 0 ||
          this.patch !== 0 ||
          this.prerelease.length === 0
        ) {
          this.major++
        }
        this.minor = 0
        this.patch = 0
        this.prerelease = []
        break
      case 'minor':
        // If this is a pre-minor version, bump up to the same minor version.
        // Otherwise increment minor.
        // 1.2.0-5 bumps to 1.2.0
        // 1.2.1 bumps to 1.3.0
        if (this.patch !== 0 || this.prerelease.length === 0) {
          this.minor++
        }
        this.patch = 0
        this.prerelease = []
        break
      case 'patch':
        // If this is not a pre-release version, it will increment the patch.
        // If it is a pre-release it will bump up to the same patch version.
        // 1.2.0-5 patches to 1.2.0
        // 1.2.0 patches to 1.2.1
        if (this.prerelease.length === 0) {
          this.patch++
        }
        this.prerelease = []
        break
      // This probably shouldn't be used publicly.
      // 1.0.0 'pre' would become 1.0.0-0 which is the wrong direction.
      case 'pre': {
        const base = Number(identifierBase) ? 1 : 0

        if (this.prerelease.length === 0) {
          this.prerelease = [base]
        } else {
          let i = this.prerelease.length
          while (--i >= 0) {
            if (typeof this.prerelease[i] === 'number') {
              this.prerelease[i]++
              i = -2
            }
          }
          if (i === -1) {
            // didn't increment anything
            if (identifier === this.prerelease.join('.') && identifierBase === false) {
              throw new Error('invalid increment argument: identifier already exists')
            }
            this.prerelease.push(base)
          }
        }
        if (identifier) {
          // 1.2.0-beta.1 bumps to 1.2.0-beta.2,
          // 1.2.0-beta.fooblz or 1.2.0-beta bumps to 1.2.0-beta.0
          let prerelease = [identifier, base]
          if (identifierBase === false) {
            prerelease = [identifier]
          }
          if (isPrereleaseIdentifier(this.prerelease, identifier)) {
            const prereleaseBase = this.prerelease[identifier.split('.').length]
            if (isNaN(prereleaseBase)) {
              this.prerelease = prerelease
            }
          } else {
            this.prerelease = prerelease
          }
        }
        break
      }
      default:
        throw new Error(`invalid increment argument: ${release}`)
    }
    this.raw = this.format()
    if (this.build.length) {
      this.raw += `+${this.build.join('.')}`
    }
    return this
  }
}

module.exports = SemVer


/***/ }),

/***/ 61:
/***/ ((module, __unused_webpack_exports, __nccwpck_require__) => {



const SemVer = __nccwpck_require__(603)
const compare = (a, b, loose) =>
  new SemVer(a, loose).compare(new SemVer(b, loose))

module.exports = compare


/***/ }),

/***/ 817:
/***/ ((module, __unused_webpack_exports, __nccwpck_require__) => {



const SemVer = __nccwpck_require__(603)
const parse = (version, options, throwErrors = false) => {
  if (version instanceof SemVer) {
    return version
  }
  try {
    return new SemVer(version, options)
  } catch (er) {
    if (!throwErrors) {
      return null
    }
    throw er
  }
}

module.exports = parse


/***/ }),

/***/ 733:
/***/ ((module) => {



// Note: this is the semver.org version of the spec that it implements
// Not necessarily the package version of this code.
const SEMVER_SPEC_VERSION = '2.0.0'

const MAX_LENGTH = 256
const MAX_SAFE_INTEGER = Number.MAX_SAFE_INTEGER ||
/* istanbul ignore next */ 9007199254740991

// Max safe segment length for coercion.
const MAX_SAFE_COMPONENT_LENGTH = 16

// Max safe length for a build identifier. The max length minus 6 characters for
// the shortest version with a build 0.0.0+BUILD.
const MAX_SAFE_BUILD_LENGTH = MAX_LENGTH - 6

// ECMAScript whitespace and line terminators matched by \s.
const WHITESPACE_CHARACTERS = [
  '\t',
  '\n',
  '\v',
  '\f',
  '\r',
  ' ',
  '\u00a0',
  '\u1680',
  '\u2000',
  '\u2001',
  '\u2002',
  '\u2003',
  '\u2004',
  '\u2005',
  '\u2006',
  '\u2007',
  '\u2008',
  '\u2009',
  '\u200a',
  '\u2028',
  '\u2029',
  '\u202f',
  '\u205f',
  '\u3000',
  '\ufeff',
]

const RELEASE_TYPES = [
  'major',
  'premajor',
  'minor',
  'preminor',
  'patch',
  'prepatch',
  'prerelease',
]

module.exports = {
  MAX_LENGTH,
  MAX_SAFE_COMPONENT_LENGTH,
  MAX_SAFE_BUILD_LENGTH,
  MAX_SAFE_INTEGER,
  WHITESPACE_CHARACTERS,
  RELEASE_TYPES,
  SEMVER_SPEC_VERSION,
  FLAG_INCLUDE_PRERELEASE: 0b001,
  FLAG_LOOSE: 0b010,
}


/***/ }),

/***/ 900:
/***/ ((module) => {



const debug = (
  typeof process === 'object' &&
  process.env &&
  process.env.NODE_DEBUG &&
  /\bsemver\b/i.test(process.env.NODE_DEBUG)
) ? (...args) => console.error('SEMVER', ...args)
  : () => {}

module.exports = debug


/***/ }),

/***/ 916:
/***/ ((module) => {



const numeric = /^[0-9]+$/
const compareIdentifiers = (a, b) => {
  if (typeof a === 'number' && typeof b === 'number') {
    return a === b ? 0 : a < b ? -1 : 1
  }

  const anum = numeric.test(a)
  const bnum = numeric.test(b)

  if (anum && bnum) {
    a = +a
    b = +b
  }

  return a === b ? 0
    : (anum && !bnum) ? -1
    : (bnum && !anum) ? 1
    : a < b ? -1
    : 1
}

const rcompareIdentifiers = (a, b) => compareIdentifiers(b, a)

module.exports = {
  compareIdentifiers,
  rcompareIdentifiers,
}


/***/ }),

/***/ 308:
/***/ ((module) => {



// parse out just the options we care about
const looseOption = Object.freeze({ loose: true })
const emptyOpts = Object.freeze({ })
const parseOptions = options => {
  if (!options) {
    return emptyOpts
  }

  if (typeof options !== 'object') {
    return looseOption
  }

  return options
}
module.exports = parseOptions


/***/ }),

/***/ 191:
/***/ ((module, exports, __nccwpck_require__) => {



const {
  MAX_SAFE_COMPONENT_LENGTH,
  MAX_SAFE_BUILD_LENGTH,
  MAX_LENGTH,
} = __nccwpck_require__(733)
const debug = __nccwpck_require__(900)
exports = module.exports = {}

// The actual regexps go on exports.re
const re = exports.re = []
const safeRe = exports.safeRe = []
const src = exports.src = []
const safeSrc = exports.safeSrc = []
const t = exports.t = {}
let R = 0

const LETTERDASHNUMBER = '[a-zA-Z0-9-]'

// Replace some greedy regex tokens to prevent regex dos issues. These regex are
// used internally via the safeRe object since all inputs in this library get
// normalized first to trim and collapse all extra whitespace. The original
// regexes are exported for userland consumption and lower level usage. A
// future breaking change could export the safer regex only with a note that
// all input should have extra whitespace removed.
const safeRegexReplacements = [
  ['\\s', 1],
  ['\\d', MAX_LENGTH],
  [LETTERDASHNUMBER, MAX_SAFE_BUILD_LENGTH],
]

const makeSafeRegex = (value) => {
  for (const [token, max] of safeRegexReplacements) {
    value = value
      .split(`${token}*`).join(`${token}{0,${max}}`)
      .split(`${token}+`).join(`${token}{1,${max}}`)
  }
  return value
}

const createToken = (name, value, isGlobal) => {
  const safe = makeSafeRegex(value)
  const index = R++
  debug(name, index, value)
  t[name] = index
  src[index] = value
  safeSrc[index] = safe
  re[index] = new RegExp(value, isGlobal ? 'g' : undefined)
  safeRe[index] = new RegExp(safe, isGlobal ? 'g' : undefined)
}

// The following Regular Expressions can be used for tokenizing,
// validating, and parsing SemVer version strings.

// ## Numeric Identifier
// A single `0`, or a non-zero digit followed by zero or more digits.

createToken('NUMERICIDENTIFIER', '0|[1-9]\\d*')
createToken('NUMERICIDENTIFIERLOOSE', '\\d+')

// ## Non-numeric Identifier
// Zero or more digits, followed by a letter or hyphen, and then zero or
// more letters, digits, or hyphens.

createToken('NONNUMERICIDENTIFIER', `\\d*[a-zA-Z-]${LETTERDASHNUMBER}*`)

// ## Main Version
// Three dot-separated numeric identifiers.

createToken('MAINVERSION', `(${src[t.NUMERICIDENTIFIER]})\\.` +
                   `(${src[t.NUMERICIDENTIFIER]})\\.` +
                   `(${src[t.NUMERICIDENTIFIER]})`)

createToken('MAINVERSIONLOOSE', `(${src[t.NUMERICIDENTIFIERLOOSE]})\\.` +
                        `(${src[t.NUMERICIDENTIFIERLOOSE]})\\.` +
                        `(${src[t.NUMERICIDENTIFIERLOOSE]})`)

// ## Pre-release Version Identifier
// A numeric identifier, or a non-numeric identifier.
// Non-numeric identifiers include numeric identifiers but can be longer.
// Therefore non-numeric identifiers must go first.

createToken('PRERELEASEIDENTIFIER', `(?:${src[t.NONNUMERICIDENTIFIER]
}|${src[t.NUMERICIDENTIFIER]})`)

createToken('PRERELEASEIDENTIFIERLOOSE', `(?:${src[t.NONNUMERICIDENTIFIER]
}|${src[t.NUMERICIDENTIFIERLOOSE]})`)

// ## Pre-release Version
// Hyphen, followed by one or more dot-separated pre-release version
// identifiers.

createToken('PRERELEASE', `(?:-(${src[t.PRERELEASEIDENTIFIER]
}(?:\\.${src[t.PRERELEASEIDENTIFIER]})*))`)

createToken('PRERELEASELOOSE', `(?:-?(${src[t.PRERELEASEIDENTIFIERLOOSE]
}(?:\\.${src[t.PRERELEASEIDENTIFIERLOOSE]})*))`)

// ## Build Metadata Identifier
// Any combination of digits, letters, or hyphens.

createToken('BUILDIDENTIFIER', `${LETTERDASHNUMBER}+`)

// ## Build Metadata
// Plus sign, followed by one or more period-separated build metadata
// identifiers.

createToken('BUILD', `(?:\\+(${src[t.BUILDIDENTIFIER]
}(?:\\.${src[t.BUILDIDENTIFIER]})*))`)

// ## Full Version String
// A main version, followed optionally by a pre-release version and
// build metadata.

// Note that the only major, minor, patch, and pre-release sections of
// the version string are capturing groups.  The build metadata is not a
// capturing group, because it should not ever be used in version
// comparison.

createToken('FULLPLAIN', `v?${src[t.MAINVERSION]
}${src[t.PRERELEASE]}?${
  src[t.BUILD]}?`)

createToken('FULL', `^${src[t.FULLPLAIN]}$`)

// like full, but allows v1.2.3 and =1.2.3, which people do sometimes.
// also, 1.0.0alpha1 (prerelease without the hyphen) which is pretty
// common in the npm registry.
createToken('LOOSEPLAIN', `[v=\\s]*${src[t.MAINVERSIONLOOSE]
}${src[t.PRERELEASELOOSE]}?${
  src[t.BUILD]}?`)

createToken('LOOSE', `^${src[t.LOOSEPLAIN]}$`)

createToken('GTLT', '((?:<|>)?=?)')

// Something like "2.*" or "1.2.x".
// Note that "x.x" is a valid xRange identifier, meaning "any version"
// Only the first item is strictly required.
createToken('XRANGEIDENTIFIERLOOSE', `${src[t.NUMERICIDENTIFIERLOOSE]}|x|X|\\*`)
createToken('XRANGEIDENTIFIER', `${src[t.NUMERICIDENTIFIER]}|x|X|\\*`)

createToken('XRANGEPLAIN', `[v=\\s]*(${src[t.XRANGEIDENTIFIER]})` +
                   `(?:\\.(${src[t.XRANGEIDENTIFIER]})` +
                   `(?:\\.(${src[t.XRANGEIDENTIFIER]})` +
                   `(?:${src[t.PRERELEASE]})?${
                     src[t.BUILD]}?` +
                   `)?)?`)

createToken('XRANGEPLAINLOOSE', `[v=\\s]*(${src[t.XRANGEIDENTIFIERLOOSE]})` +
                        `(?:\\.(${src[t.XRANGEIDENTIFIERLOOSE]})` +
                        `(?:\\.(${src[t.XRANGEIDENTIFIERLOOSE]})` +
                        `(?:${src[t.PRERELEASELOOSE]})?${
                          src[t.BUILD]}?` +
                        `)?)?`)

createToken('XRANGE', `^${src[t.GTLT]}\\s*${src[t.XRANGEPLAIN]}$`)
createToken('XRANGELOOSE', `^${src[t.GTLT]}\\s*${src[t.XRANGEPLAINLOOSE]}$`)

// Coercion.
// Extract anything that could conceivably be a part of a valid semver
createToken('COERCEPLAIN', `${'(^|[^\\d])' +
              '(\\d{1,'}${MAX_SAFE_COMPONENT_LENGTH}})` +
              `(?:\\.(\\d{1,${MAX_SAFE_COMPONENT_LENGTH}}))?` +
              `(?:\\.(\\d{1,${MAX_SAFE_COMPONENT_LENGTH}}))?`)
createToken('COERCE', `${src[t.COERCEPLAIN]}(?:$|[^\\d])`)
createToken('COERCEFULL', src[t.COERCEPLAIN] +
              `(?:${src[t.PRERELEASE]})?` +
              `(?:${src[t.BUILD]})?` +
              `(?:$|[^\\d])`)
createToken('COERCERTL', src[t.COERCE], true)
createToken('COERCERTLFULL', src[t.COERCEFULL], true)

// Tilde ranges.
// Meaning is "reasonably at or greater than"
createToken('LONETILDE', '(?:~>?)')

createToken('TILDETRIM', `(\\s*)${src[t.LONETILDE]}\\s+`, true)
exports.tildeTrimReplace = '$1~'

createToken('TILDE', `^${src[t.LONETILDE]}${src[t.XRANGEPLAIN]}$`)
createToken('TILDELOOSE', `^${src[t.LONETILDE]}${src[t.XRANGEPLAINLOOSE]}$`)

// Caret ranges.
// Meaning is "at least and backwards compatible with"
createToken('LONECARET', '(?:\\^)')

createToken('CARETTRIM', `(\\s*)${src[t.LONECARET]}\\s+`, true)
exports.caretTrimReplace = '$1^'

createToken('CARET', `^${src[t.LONECARET]}${src[t.XRANGEPLAIN]}$`)
createToken('CARETLOOSE', `^${src[t.LONECARET]}${src[t.XRANGEPLAINLOOSE]}$`)

// A simple gt/lt/eq thing, or just "" to indicate "any version"
createToken('COMPARATORLOOSE', `^${src[t.GTLT]}\\s*(${src[t.LOOSEPLAIN]})$|^$`)
createToken('COMPARATOR', `^${src[t.GTLT]}\\s*(${src[t.FULLPLAIN]})$|^$`)

// An expression to strip any whitespace between the gtlt and the thing
// it modifies, so that `> 1.2.3` ==> `>1.2.3`
createToken('COMPARATORTRIM', `(\\s*)${src[t.GTLT]
}\\s*(${src[t.LOOSEPLAIN]}|${src[t.XRANGEPLAIN]})`, true)
exports.comparatorTrimReplace = '$1$2$3'

// Something like `1.2.3 - 1.2.4`
// Note that these all use the loose form, because they'll be
// checked against either the strict or loose comparator form
// later.
createToken('HYPHENRANGE', `^\\s*(${src[t.XRANGEPLAIN]})` +
                   `\\s+-\\s+` +
                   `(${src[t.XRANGEPLAIN]})` +
                   `\\s*$`)

createToken('HYPHENRANGELOOSE', `^\\s*(${src[t.XRANGEPLAINLOOSE]})` +
                        `\\s+-\\s+` +
                        `(${src[t.XRANGEPLAINLOOSE]})` +
                        `\\s*$`)

// Star ranges basically just allow anything at all.
createToken('STAR', '(<|>)?=?\\s*\\*')
// >=0.0.0 is like a star
createToken('GTE0', '^\\s*>=\\s*0\\.0\\.0\\s*$')
createToken('GTE0PRE', '^\\s*>=\\s*0\\.0\\.0-0\\s*$')


/***/ }),

/***/ 612:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __nccwpck_require__) => {


// EXPORTS
__nccwpck_require__.d(__webpack_exports__, {
  d: () => (/* binding */ contract)
});

// EXTERNAL MODULE: ./packages/action-kit/lib/index.js + 10 modules
var lib = __nccwpck_require__(700);
;// CONCATENATED MODULE: ./packages/github/lib/ports.js
/** The codes every call through these ports can end in; for the contracts of actions. */
const GITHUB_ERRORS = [
    "GITHUB_UNAUTHORIZED",
    "GITHUB_FORBIDDEN",
    "GITHUB_NOT_FOUND",
    "GITHUB_RATE_LIMITED",
    "GITHUB_UNAVAILABLE",
    "GITHUB_UNREADABLE",
    "GITHUB_REJECTED",
    "REPOSITORY_EMPTY",
];

;// CONCATENATED MODULE: ./actions/branch-cut/lib/contract.js


const contract = (0,lib/* defineContract */.ye)({
    name: "branch-cut",
    title: "Branch cut",
    description: "Creates the release branch at an exact commit, or proves that the one there is the right one",
    inputs: {
        version: (0,lib/* optional */.lq)(lib/* version */.rE, "Version to be released. A minor or major version (`1.2.0`, `1.2.0-rc.1`) gets the branch `release-1.2`; a patch (`1.2.3`) needs that branch to be there."),
        branch: (0,lib/* optional */.lq)(lib/* branchName */.at, "Name of the branch, where it is not `release-<major>.<minor>`. Enough without `version`: the branch is then cut at `commit` whatever its name."),
        commit: (0,lib/* optional */.lq)(lib/* commitSha */.mJ, "Full id of the commit to cut from. Required unless `version` is a patch; for a patch, the release branch must contain it."),
        "source-branch": (0,lib/* optional */.lq)(lib/* branchName */.at, "Branch the commit must be on, so that no commit of a fork is ever released. Default: the repository's default branch."),
        "tag-format": (0,lib/* optional */.lq)(lib/* tagFormat */.C8, "How release tags are named, with `{version}` in it; needed to find the previous release of a patch. Default: both `{version}` and `v{version}`."),
        "dry-run": (0,lib/* defaulted */.P_)(lib/* boolean */.zM, "false", "Observe and decide, change nothing."),
        repository: (0,lib/* defaulted */.P_)(lib/* repoSlug */.mr, "${{ github.repository }}", "Repository to work on, on the host of `GITHUB_API_URL`."),
        "github-token": (0,lib/* defaulted */.P_)(lib/* credential */.eE, "${{ github.token }}", "Token that may write contents of the repository. A branch pushed with the job's own token starts no workflow.", { secret: true }),
    },
    atLeastOneOf: [["version", "branch"]],
    outputs: {
        branch: { description: "Name of the branch." },
        commit: {
            description: "Commit the branch points at when the call ends (with `dry-run`: would point at).",
        },
        change: {
            description: "`create` when the branch was created by this call (with `dry-run`: would have to be), `none` when it was there.",
        },
    },
    permissions: {
        contents: { access: "write", reason: "create the release branch" },
    },
    errors: [
        ...GITHUB_ERRORS,
        "COMMIT_NOT_FOUND",
        "COMMIT_UNREACHABLE",
        "BRANCH_MISSING",
        "BRANCH_DIVERGED",
        "BRANCH_LACKS_PREVIOUS",
        "BRANCH_NAME_BLOCKED",
        "PREVIOUS_RELEASE_MISSING",
        "REF_CONFUSABLE",
        "RACE_UNDECIDED",
        "NOT_CONFIRMED",
    ],
});


/***/ }),

/***/ 465:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __nccwpck_require__) => {


// EXPORTS
__nccwpck_require__.d(__webpack_exports__, {
  B: () => (/* binding */ cutBranch)
});

// EXTERNAL MODULE: ./packages/model/lib/index.js + 8 modules
var lib = __nccwpck_require__(461);
;// CONCATENATED MODULE: ./actions/branch-cut/lib/plan.js

/** The formats looked for when none is given: what nearly every repository uses. */
const USUAL_TAG_FORMATS = [
    { prefix: "", suffix: "" },
    { prefix: "v", suffix: "" },
];
function releaseBranchOf(version) {
    return (0,lib/* parseBranchName */.pD)(`release-${(0,lib/* lineOf */.cA)(version)}`);
}
function relationKey(base, head) {
    return `${base}...${head}`;
}
function decide(wish, observed) {
    const blocked = confusableRef(wish, observed) ?? blockedName(wish, observed);
    if (blocked !== undefined)
        return blocked;
    const head = observed.branches.find((entry) => entry.name === wish.branch)?.sha;
    return wish.kind === "patch"
        ? decidePatch(wish, observed, head)
        : decideCut(wish, observed, head);
}
function decidePatch(wish, observed, head) {
    if (head === undefined) {
        return stop("BRANCH_MISSING", `${wish.version} is a patch, but its release branch "${wish.branch}" does not exist`);
    }
    const previous = previousReleases(wish, observed.tags);
    if (previous.length === 0) {
        return stop("PREVIOUS_RELEASE_MISSING", `${wish.version} is a patch, but no stable release of the line ${(0,lib/* lineOf */.cA)(wish.version)} before it has a tag`);
    }
    for (const tag of previous) {
        const commit = tag.isAnnotatedTag ? observed.peeled.get(tag.name) : tag.sha;
        if (commit === undefined)
            return { kind: "ask", question: { about: "tag", tag } };
        const relation = relationOf(observed, commit, head);
        if (relation === undefined)
            return askRelation(commit, head);
        if (!contains(relation)) {
            return stop("BRANCH_LACKS_PREVIOUS", `The branch "${wish.branch}" at ${head} does not contain the previous release ${tag.name} at ${commit}`);
        }
    }
    const names = previous.map((tag) => tag.name).join(" and ");
    if (wish.commit !== undefined) {
        const advanced = advancedFrom(wish, observed, wish.commit, head);
        if (advanced.kind !== "nothing")
            return advanced;
    }
    return {
        kind: "nothing",
        head,
        because: `contains the previous release ${names} and is at ${head}`,
    };
}
function decideCut(wish, observed, head) {
    if (head !== undefined)
        return advancedFrom(wish, observed, wish.commit, head);
    const from = wish.sourceBranch ?? observed.defaultBranch;
    if (from === undefined)
        return { kind: "ask", question: { about: "default-branch" } };
    const source = observed.branches.find((entry) => entry.name === from)?.sha;
    if (source === undefined) {
        return stop("BRANCH_MISSING", `The source branch "${from}" does not exist`);
    }
    const relation = relationOf(observed, wish.commit, source);
    if (relation === undefined)
        return askRelation(wish.commit, source);
    if (contains(relation))
        return { kind: "create", at: wish.commit, from };
    return relation === "unknown"
        ? commitNotFound(wish.commit)
        : stop("COMMIT_UNREACHABLE", `The commit ${wish.commit} is not on the source branch "${from}", which is at ${source}`);
}
/** Whether the existing branch is at the commit or came from it. */
function advancedFrom(wish, observed, commit, head) {
    const relation = relationOf(observed, commit, head);
    if (relation === undefined)
        return askRelation(commit, head);
    if (relation === "unknown")
        return commitNotFound(commit);
    if (!contains(relation)) {
        return stop("BRANCH_DIVERGED", `The branch "${wish.branch}" exists at ${head}, which does not contain the commit ${commit} ${wish.kind === "patch"
            ? "given as `commit`; a patch is released from its branch, so run from there or leave `commit` out"
            : "it should be cut from"}`);
    }
    const because = relation === "identical"
        ? `is at ${head}, as asked for`
        : `has advanced from ${commit} to ${head}`;
    return { kind: "nothing", head, because };
}
/** The highest stable release below the version in its line; more than one tag only by formats. */
function previousReleases(wish, tags) {
    const line = (0,lib/* lineOf */.cA)(wish.version);
    const candidates = tags.flatMap((tag) => versionsOf(tag.name, wish.tagFormats)
        .filter((version) => !(0,lib/* isPrerelease */.V1)(version) &&
        (0,lib/* lineOf */.cA)(version) === line &&
        (0,lib/* compareVersions */.Zy)(version, wish.version) < 0)
        .map((version) => ({ tag, version })));
    const [highest] = candidates.toSorted((a, b) => (0,lib/* compareVersions */.Zy)(b.version, a.version));
    return candidates
        .filter(({ version }) => version === highest?.version)
        .map(({ tag }) => tag)
        .toSorted((a, b) => (a.name < b.name ? -1 : 1));
}
function versionsOf(tagName, formats) {
    return formats.flatMap(({ prefix, suffix }) => {
        if (!tagName.startsWith(prefix) || !tagName.endsWith(suffix))
            return [];
        const version = (0,lib/* tryVersion */.Kd)(tagName.slice(prefix.length, tagName.length - suffix.length));
        return version === undefined ? [] : [version];
    });
}
/**
 * A branch and a tag of one name make every later `git checkout <name>` a matter of luck; names that
 * differ in case or in letters that look alike make it a matter of eyesight (specs.md T8).
 */
function confusableRef(wish, observed) {
    const version = wish.version;
    const tagNames = version === undefined
        ? []
        : wish.tagFormats.map(({ prefix, suffix }) => `${prefix}${version}${suffix}`);
    const branchKey = (0,lib/* confusableKey */.EK)(wish.branch);
    const tagKeys = new Set(tagNames.map(lib/* confusableKey */.EK));
    const mistakable = (kind, name, own) => stop("REF_CONFUSABLE", `The ${kind} ${JSON.stringify(name)} can be mistaken for ${own}`);
    for (const { name } of observed.branches) {
        const key = (0,lib/* confusableKey */.EK)(name);
        if (key === branchKey && name !== wish.branch) {
            return mistakable("branch", name, `the release branch "${wish.branch}"`);
        }
        if (tagKeys.has(key))
            return mistakable("branch", name, `the tag of release ${version ?? ""}`);
    }
    for (const { name } of observed.tags) {
        const key = (0,lib/* confusableKey */.EK)(name);
        if (key === branchKey)
            return mistakable("tag", name, `the release branch "${wish.branch}"`);
        if (tagKeys.has(key) && !tagNames.includes(name)) {
            return mistakable("tag", name, `the tag of release ${version ?? ""}`);
        }
    }
    return undefined;
}
/** A ref is a path: `a` and `a/b` cannot both exist, and GitHub's own words for it say little. */
function blockedName(wish, observed) {
    const other = observed.branches.find(({ name }) => name.startsWith(`${wish.branch}/`) || wish.branch.startsWith(`${name}/`));
    return other === undefined
        ? undefined
        : stop("BRANCH_NAME_BLOCKED", `The branch "${wish.branch}" cannot exist beside the branch ${JSON.stringify(other.name)}: git keeps one as a folder and the other as a file in it`);
}
/** Two equal ids need no request to be compared. */
function relationOf(observed, base, head) {
    return base === head ? "identical" : observed.relations.get(relationKey(base, head));
}
function askRelation(base, head) {
    return { kind: "ask", question: { about: "relation", base, head } };
}
/** Whether `head` contains `base`, given how head stands to it. */
function contains(relation) {
    return relation === "identical" || relation === "ahead";
}
function commitNotFound(commit) {
    return stop("COMMIT_NOT_FOUND", `The repository has no commit ${commit}, or none that shares history with the branch`);
}
function stop(code, message) {
    return { kind: "stop", code, message };
}

;// CONCATENATED MODULE: ./actions/branch-cut/lib/summary.js
/** What is told of a call that ends well: outcome, outputs and summary from the one decision. */
function describeResult(repository, wish, decision, isDryRun) {
    const isCreation = decision.kind === "create";
    const commit = isCreation ? decision.at : decision.head;
    const branch = `branch "${wish.branch}"`;
    const rows = [
        ["Repository", [{ code: repository }]],
        ...(wish.version === undefined ? [] : [["Version", [{ code: wish.version }]]]),
        ["Branch", [{ code: wish.branch }]],
        ["Commit", [{ code: commit }]],
        ["Change", [isCreation ? (isDryRun ? "would be created (dry run)" : "created") : "none"]],
    ];
    return {
        outcome: isCreation ? "done" : "already-done",
        headline: decision.kind === "nothing"
            ? `The ${branch} ${decision.because}`
            : isDryRun
                ? `Dry run: the ${branch} would be created at ${decision.at}, which is on "${decision.from}"`
                : `The ${branch} was created at ${decision.at}, which is on "${decision.from}"`,
        outputs: {
            branch: wish.branch,
            commit,
            change: isCreation ? "create" : "none",
        },
        summary: [
            {
                kind: "table",
                header: ["What", "Value"],
                rows: rows.map(([what, value]) => [[what], value]),
            },
        ],
    };
}

;// CONCATENATED MODULE: ./actions/branch-cut/lib/cut.js



/** A decision needs a handful of facts; more means that it asks in circles. */
const MAX_QUESTIONS = 16;
/** How often the branch may turn up or vanish between two looks before we give way. */
const MAX_ATTEMPTS = 3;
/** Reading back tolerates that GitHub's answers lag behind its writes, for half a minute in all. */
const READ_BACK_WAITS_MS = [0, 500, 1000, 2000, 4000, 8000, 16_000];
/**
 * Observes, decides, creates the branch if it is absent, and reads it back. Another run that does the
 * same at the same time ends `already-done`, or in a conflict if it wants another commit. Safe to
 * kill and to repeat anywhere.
 *
 * @throws InputError when the inputs do not go together.
 * @throws ActionError with one of the contract's codes.
 */
async function cutBranch(inputs, ports) {
    const wish = wishOf(inputs);
    let undecided;
    for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt += 1) {
        const decision = await observeAndDecide(wish, ports);
        if (decision.kind === "stop")
            throw new lib/* ActionError */.lZ(decision.code, decision.message);
        if (decision.kind === "nothing" || inputs.dryRun) {
            return describeResult(inputs.repository, wish, decision, inputs.dryRun);
        }
        undecided = await create(wish.branch, decision.at, ports);
        if (undecided === undefined) {
            ports.log.info(`Created the branch "${wish.branch}" at ${decision.at}`);
            return describeResult(inputs.repository, wish, decision, false);
        }
        ports.log.info(`${undecided.message}; looking again`);
    }
    throw undecided ?? new Error("the loop above runs at least once");
}
/** Derives what is asked for. Faults that only several inputs together show are found here. */
function wishOf(inputs) {
    const { version, commit } = inputs;
    const branch = inputs.branch ?? (version === undefined ? undefined : releaseBranchOf(version));
    if (branch === undefined)
        throw new Error("the contract asks for version or branch");
    const tagFormats = inputs.tagFormat === undefined ? USUAL_TAG_FORMATS : [inputs.tagFormat];
    if (version !== undefined && (0,lib/* isPatch */.pQ)(version)) {
        return { kind: "patch", branch, version, commit, tagFormats };
    }
    if (commit === undefined) {
        throw new lib/* InputError */.dz([
            {
                input: "commit",
                expected: "the full id of the commit to cut from, because only a patch goes without",
                received: "nothing",
            },
        ]);
    }
    return { kind: "cut", branch, version, commit, sourceBranch: inputs.sourceBranch, tagFormats };
}
/** Reads branches and tags anew each time: between two looks another run may have acted. */
async function observeAndDecide(wish, { github }) {
    const branches = await github.refs.branches();
    const tags = await github.refs.tags();
    const relations = new Map();
    const peeled = new Map();
    let defaultBranch;
    for (let asked = 0; asked <= MAX_QUESTIONS; asked += 1) {
        const decision = decide(wish, { branches, tags, defaultBranch, relations, peeled });
        if (decision.kind !== "ask")
            return decision;
        const { question } = decision;
        switch (question.about) {
            case "default-branch":
                defaultBranch = await github.repositories.defaultBranch();
                break;
            case "tag":
                peeled.set(question.tag.name, await github.refs.peel(question.tag));
                break;
            case "relation":
                relations.set(relationKey(question.base, question.head), await github.commits.relation(question.base, question.head));
                break;
        }
    }
    throw new Error(`the decision asked more than ${MAX_QUESTIONS} questions`);
}
/**
 * Creates the branch and reads it back. Returns undefined once it is seen at the commit; otherwise
 * why that is not so, for the caller to look again.
 */
async function create(branch, at, { github, clock }) {
    const creation = await github.refs.createBranch(branch, at);
    const seen = await readBack(branch, { github, clock });
    if (seen !== undefined && creation.kind === "exists") {
        return new lib/* ActionError */.lZ("RACE_UNDECIDED", `Another run created the branch "${branch}" first`);
    }
    if (seen === at)
        return undefined;
    if (seen !== undefined) {
        return new lib/* ActionError */.lZ("RACE_UNDECIDED", `The branch "${branch}" was moved to ${seen} right after it was created at ${at}`);
    }
    return new lib/* ActionError */.lZ("NOT_CONFIRMED", `The branch "${branch}" was ${creation.kind === "unclear" ? "perhaps created" : "reported as there"}, but reading it back does not show it`, creation.kind === "unclear" ? { cause: creation.cause } : {});
}
/** The first commit the branch is seen at, or undefined when it does not show in time. */
async function readBack(branch, { github, clock }) {
    for (const wait of READ_BACK_WAITS_MS) {
        await clock.wait(wait);
        const seen = await github.refs.findBranch(branch);
        if (seen !== undefined)
            return seen;
    }
    return undefined;
}


/***/ }),

/***/ 519:
/***/ ((__webpack_module__, __unused_webpack___webpack_exports__, __nccwpck_require__) => {

__nccwpck_require__.a(__webpack_module__, async (__webpack_handle_async_dependencies__, __webpack_async_result__) => { try {
/* harmony import */ var _auditable_release_action_kit__WEBPACK_IMPORTED_MODULE_0__ = __nccwpck_require__(700);
/* harmony import */ var _auditable_release_action_kit_runner_core__WEBPACK_IMPORTED_MODULE_1__ = __nccwpck_require__(725);
/* harmony import */ var _contract_js__WEBPACK_IMPORTED_MODULE_2__ = __nccwpck_require__(612);
/* harmony import */ var _cut_js__WEBPACK_IMPORTED_MODULE_3__ = __nccwpck_require__(465);




await (0,_auditable_release_action_kit__WEBPACK_IMPORTED_MODULE_0__/* .runAction */ .Cs)(_contract_js__WEBPACK_IMPORTED_MODULE_2__/* .contract */ .d, (0,_auditable_release_action_kit_runner_core__WEBPACK_IMPORTED_MODULE_1__/* .coreRunner */ .s)(), async ({ inputs, run, log }) => {
    // Loaded once the inputs are known to be good: most of the bundle is GitHub's client.
    const { connectGithub } = await Promise.all(/* import() */[__nccwpck_require__.e(670), __nccwpck_require__.e(716)]).then(__nccwpck_require__.bind(__nccwpck_require__, 716));
    const github = connectGithub({
        apiUrl: run.apiUrl,
        token: inputs.githubToken,
        repository: inputs.repository,
        waitScale: run.patience.waitScale,
        requestTimeoutMs: run.patience.requestTimeoutMs,
        debug: log.debug,
    });
    return (0,_cut_js__WEBPACK_IMPORTED_MODULE_3__/* .cutBranch */ .B)(inputs, { github, clock: (0,_auditable_release_action_kit__WEBPACK_IMPORTED_MODULE_0__/* .systemClock */ .ml)(run.patience.waitScale), log });
});

__webpack_async_result__();
} catch(e) { __webpack_async_result__(e); } }, 1);

/***/ }),

/***/ 700:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __nccwpck_require__) => {


// EXPORTS
__nccwpck_require__.d(__webpack_exports__, {
  zM: () => (/* reexport */ codecs_boolean),
  at: () => (/* reexport */ branchName),
  mJ: () => (/* reexport */ commitSha),
  eE: () => (/* reexport */ credential),
  P_: () => (/* reexport */ defaulted),
  ye: () => (/* reexport */ defineContract),
  lq: () => (/* reexport */ optional),
  mr: () => (/* reexport */ repoSlug),
  Cs: () => (/* reexport */ runAction),
  ml: () => (/* reexport */ systemClock),
  C8: () => (/* reexport */ tagFormat),
  rE: () => (/* reexport */ version)
});

// UNUSED EXPORTS: COMMON_ERRORS, COMMON_OUTPUTS, MAX_SUMMARY_BYTES, camelCase, isExpression, logLine, parseInputs, permissionsBlock, readRunContext, renderMarkdown, required, runnerName, text

// EXTERNAL MODULE: ./packages/model/lib/index.js + 8 modules
var lib = __nccwpck_require__(461);
;// CONCATENATED MODULE: ./packages/action-kit/lib/codecs.js

function codec(type, parse) {
    return { type, parse };
}
/** One line of text. */
const codecs_text = codec("text", (raw) => {
    if (/[\p{Cc}\p{Zl}\p{Zp}]/u.test(raw)) {
        throw new lib/* ParseError */.mB("one line of text without control characters", raw);
    }
    return raw;
});
/** A credential: opaque, visible ASCII. Always declared as secret. */
const credential = codec("secret", (raw) => {
    if (!/^[\x21-\x7e]+$/.test(raw)) {
        throw new lib/* ParseError */.mB("a credential without blanks or control characters", raw);
    }
    return raw;
});
/**
 * Exactly the words that YAML 1.2's core schema reads as booleans (section 10.3.2). `yes`, `on` and
 * `1` are errors: read as false they would silently switch a safety off.
 */
const codecs_boolean = codec("boolean", (raw) => {
    switch (raw) {
        case "true":
        case "True":
        case "TRUE":
            return true;
        case "false":
        case "False":
        case "FALSE":
            return false;
        default:
            throw new lib/* ParseError */.mB("true or false", raw);
    }
});
const version = codec("version", lib/* parseVersion */.ot);
const branchName = codec("branch name", lib/* parseBranchName */.pD);
const commitSha = codec("commit id", lib/* parseCommitSha */.tu);
const repoSlug = codec("owner/name", lib/* parseRepoSlug */.Jj);
/** A tag's name with `{version}` in it, once: `{version}`, `v{version}`, `operator/v{version}`. */
const tagFormat = codec("tag format", (raw) => {
    const [prefix, suffix, ...more] = raw.split("{version}");
    const expected = 'the name of a tag with "{version}" in it once, like v{version}';
    if (prefix === undefined || suffix === undefined || more.length > 0) {
        throw new lib/* ParseError */.mB(expected, raw);
    }
    try {
        (0,lib/* parseTag */.ED)(`${prefix}1.2.3${suffix}`);
    }
    catch (error) {
        if (!(error instanceof lib/* ParseError */.mB))
            throw error;
        throw new lib/* ParseError */.mB(expected, raw);
    }
    return { prefix, suffix };
});

;// CONCATENATED MODULE: ./packages/action-kit/lib/contract.js
/** Codes any action can end in. */
const COMMON_ERRORS = (/* unused pure expression or super */ null && ([
    "INPUT_INVALID",
    "RUNNER_ENVIRONMENT",
    "UNEXPECTED",
]));
/** Outputs that every action has, written by runAction, also when the step fails. */
const COMMON_OUTPUTS = {
    outcome: {
        description: "How the call ended: `done`, `already-done` or `waiting` when the step passes; `refused`, `conflict`, `retry` or `bug` when it fails.",
    },
    "error-code": {
        description: "The code of the error when the step fails, otherwise empty.",
    },
};
function required(codec, description, options = {}) {
    return { codec, presence: "required", description, secret: options.secret ?? false };
}
function optional(codec, description, options = {}) {
    return { codec, presence: "optional", description, secret: options.secret ?? false };
}
function defaulted(codec, defaultText, description, options = {}) {
    return {
        codec,
        presence: "defaulted",
        description,
        default: defaultText,
        secret: options.secret ?? false,
    };
}
/** Keeps the literal types of the declaration, from which the types of inputs and outputs follow. */
function defineContract(contract) {
    return contract;
}
function camelCase(name) {
    return name.replace(/-([a-z0-9])/g, (_, letter) => letter.toUpperCase());
}
/** Whether a declared default is for the runner to evaluate, not a value to parse. */
function isExpression(defaultText) {
    return defaultText.startsWith("${{");
}
/** The `permissions:` block a job needs for this action, each line with its reason. */
function permissionsBlock(permissions) {
    const entries = Object.entries(permissions).toSorted(([a], [b]) => (a < b ? -1 : 1));
    if (entries.length === 0)
        return "permissions: {}";
    const lines = entries.map(([name, { access, reason }]) => `  ${name}: ${access} # ${reason}`);
    return ["permissions:", ...lines].join("\n");
}

;// CONCATENATED MODULE: ./packages/action-kit/lib/inputs.js


/** No input has a use for more; a larger one is a mistake or an attack. */
const MAX_INPUT_BYTES = 64 * 1024;
/**
 * Reads all inputs of a call.
 *
 * @throws InputError with every fault at once: missing, malformed, or misspelt inputs.
 */
function parseInputs(contract, raw) {
    const faults = misspelt(contract.inputs, raw.names);
    const values = {};
    for (const [name, declaration] of Object.entries(contract.inputs)) {
        const given = trimAscii(raw.get(name));
        const effective = given === "" ? (defaultOf(declaration) ?? "") : given;
        if (effective === "") {
            if (declaration.presence !== "optional") {
                faults.push({
                    input: name,
                    expected: `a value (${declaration.codec.type})`,
                    received: "nothing",
                });
            }
            values[camelCase(name)] = undefined;
            continue;
        }
        if (Buffer.byteLength(effective) > MAX_INPUT_BYTES) {
            faults.push({
                input: name,
                expected: `at most ${MAX_INPUT_BYTES} bytes`,
                received: `${Buffer.byteLength(effective)} bytes`,
            });
            continue;
        }
        try {
            values[camelCase(name)] = declaration.codec.parse(effective);
        }
        catch (error) {
            if (!(error instanceof lib/* ParseError */.mB))
                throw error;
            faults.push({
                input: name,
                expected: error.expected,
                received: declaration.secret ? "something else (not shown)" : (0,lib/* quote */.hD)(error.received),
            });
        }
    }
    for (const group of contract.atLeastOneOf) {
        if (group.every((name) => trimAscii(raw.get(name)) === "")) {
            faults.push({
                input: group.join('" or "'),
                expected: "at least one of them",
                received: "none",
            });
        }
    }
    if (faults.length > 0)
        throw new lib/* InputError */.dz(faults);
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- every declared name was parsed above by its own codec, which is what InputsOf spells out
    return values;
}
function defaultOf(declaration) {
    return declaration.default === undefined || isExpression(declaration.default)
        ? undefined
        : declaration.default;
}
/**
 * Blanks around a value are noise of YAML. Only ASCII ones: an exotic space inside a ref or a digest
 * is somebody's attempt to have two values look alike, and must reach the parser.
 */
function trimAscii(value) {
    return value.replace(/^[ \t\r\n]+/, "").replace(/[ \t\r\n]+$/, "");
}
/**
 * The runner only warns about an input that action.yml does not know, and runs on: `dry_run: true`
 * would release for real. Names that are clearly meant for one of ours are faults; names that
 * resemble nothing are left alone, because a job may set INPUT_* variables for its own purposes.
 */
function misspelt(inputs, names) {
    const declared = Object.keys(inputs);
    const known = new Set(declared.map(runnerName));
    return names
        .filter((name) => !known.has(name))
        .flatMap((name) => {
        const meant = declared.find((candidate) => isNear(bare(candidate), bare(name)));
        return meant === undefined
            ? []
            : [{ input: name.toLowerCase(), expected: `the input "${meant}"`, received: "this name" }];
    });
}
/** How the runner names the variable of an input (without the prefix INPUT_). */
function runnerName(input) {
    return input.replaceAll(" ", "_").toUpperCase();
}
function bare(name) {
    return name.toLowerCase().replace(/[-_. ]/g, "");
}
/** Same letters, or one letter added, dropped, changed or swapped with its neighbour. */
function isNear(a, b) {
    if (a === b)
        return true;
    if (Math.abs(a.length - b.length) > 1 || Math.min(a.length, b.length) < 4)
        return false;
    let start = 0;
    while (start < a.length && a[start] === b[start])
        start += 1;
    const restA = a.slice(start);
    const restB = b.slice(start);
    return (restA.slice(1) === restB ||
        restA === restB.slice(1) ||
        restA.slice(1) === restB.slice(1) ||
        (restA[0] === restB[1] && restA[1] === restB[0] && restA.slice(2) === restB.slice(2)));
}

;// CONCATENATED MODULE: ./packages/action-kit/lib/log-line.js
/**
 * Makes any text harmless as one line of a job's log: the runner takes a line that starts with `::`
 * and anything behind `##[` as a command (specs.md T3), and a line break would start a new line.
 */
function logLine(text) {
    return text
        .replace(/[\p{Cc}\p{Zl}\p{Zp}]/gu, (character) => character === "\t" ? " " : `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`)
        .replace(/^(\s*):(?=:)/u, "$1: ")
        .replaceAll("##[", "## [");
}

;// CONCATENATED MODULE: ./packages/action-kit/lib/markdown.js
/**
 * A small document model for step summaries and pull request bodies, and the one renderer that
 * turns it into GitHub-flavoured Markdown. Every text in it is data: it cannot end its cell, start a
 * list, become a link or an element (specs.md T29).
 */
/** The runner refuses a step's summary above 1 MiB (docs.github.com, "Adding a job summary"). */
const MAX_SUMMARY_BYTES = 1024 * 1024;
/** Room for the sentence that says what was left out. */
const OMISSION_RESERVE_BYTES = 200;
/** Renders the document within `maxBytes`; what does not fit is left out and said so. */
function renderMarkdown(document, maxBytes = MAX_SUMMARY_BYTES) {
    const budget = maxBytes - OMISSION_RESERVE_BYTES;
    const parts = [];
    let used = 0;
    let omitted = 0;
    for (const chunk of document.flatMap(chunksOf)) {
        const size = Buffer.byteLength(chunk);
        if (omitted > 0 || used + size > budget) {
            omitted += 1;
            continue;
        }
        parts.push(chunk);
        used += size;
    }
    if (omitted > 0) {
        parts.push(`\n\n${escapeText(`Left out here: ${omitted} parts beyond ${maxBytes} bytes.`)}\n`);
    }
    return parts.join("");
}
/** The smallest pieces the document may be cut between. */
function chunksOf(block) {
    switch (block.kind) {
        case "heading":
            return [`### ${escapeText(block.text)}\n\n`];
        case "paragraph":
            return [`${lineStart(renderInline(block.content))}\n\n`];
        case "list":
            return [...block.items.map((item) => `- ${lineStart(renderInline(item))}\n`), "\n"];
        case "table":
            return [
                `${row(block.header.map(escapeText))}${row(block.header.map(() => "---"))}`,
                ...block.rows.map((cells) => row(cells.map(renderInline))),
                "\n",
            ];
        case "code": {
            const fence = "`".repeat(Math.max(3, longestRun(block.text, "`") + 1));
            return [`${fence}\n${block.text.replace(/\r\n?/g, "\n")}\n${fence}\n\n`];
        }
    }
}
function row(cells) {
    return `| ${cells.join(" | ")} |\n`;
}
function renderInline(content) {
    return content.map(inline).join("");
}
function inline(part) {
    if (typeof part === "string")
        return escapeText(part);
    if ("code" in part)
        return `<code>${escapeText(part.code)}</code>`;
    if ("strong" in part)
        return `<strong>${escapeText(part.strong)}</strong>`;
    return markdown_link(part.link, part.href);
}
/** Only https, and loopback for rehearsals; anything else is shown as the text it is. */
function markdown_link(text, href) {
    const url = URL.parse(href);
    if (url === null || !/^https?:$/.test(url.protocol))
        return escapeText(`${text} (${href})`);
    const target = url.href.replace(/[^A-Za-z0-9:/?#@!$&'*+,;=._~%-]/g, encodeURIComponent);
    return `[${escapeText(text)}](<${target}>)`;
}
/**
 * Text as Markdown that renders as exactly that text, on one line. Punctuation that has a meaning
 * inside a line of GFM becomes a character reference, which no rule of Markdown looks into
 * (CommonMark 6.2: references cannot stand for structure); the rest stays readable in the source.
 */
function escapeText(text) {
    return (text
        // Runs of blanks, too: four at the start would make a code block, two at the end a line break.
        .replace(/[\p{Cc}\p{Zl}\p{Zp} ]+/gu, " ")
        .replace(/[\\`*[\]<>#|~&$@]/g, reference)
        // Inside a word it has no meaning, and names are full of it.
        .replace(/(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])/g, reference)
        .replace(/:(?=\/\/)/g, reference)
        .replace(/\b(www)(\.)/gi, (_, word, dot) => word + reference(dot)));
}
/** What means something at the start of a line only: lists, and the underline of a heading. */
function lineStart(rendered) {
    return rendered
        .replace(/^(\s*)([-+=])/, (_, blanks, sign) => blanks + reference(sign))
        .replace(/^(\s*\d+)([.)])/, (_, number, sign) => number + reference(sign));
}
function reference(character) {
    return `&#${character.codePointAt(0) ?? 0};`;
}
function longestRun(text, character) {
    let longest = 0;
    let current = 0;
    for (const each of text) {
        current = each === character ? current + 1 : 0;
        longest = Math.max(longest, current);
    }
    return longest;
}

;// CONCATENATED MODULE: ./packages/action-kit/lib/redaction.js
const REPLACEMENT = "***";
/** Shorter values occur by chance, and masking them would garble every log. */
const MIN_SECRET_LENGTH = 4;
function redactorFor(secrets) {
    const forms = new Set();
    for (const secret of secrets) {
        if (secret.length < MIN_SECRET_LENGTH)
            continue;
        for (const form of [
            secret,
            encodeURIComponent(secret),
            Buffer.from(secret).toString("base64"),
            Buffer.from(secret).toString("base64url"),
            Buffer.from(`x-access-token:${secret}`).toString("base64"),
            Buffer.from(`:${secret}`).toString("base64"),
            JSON.stringify(secret).slice(1, -1),
            ...secret.split(/\r?\n/).filter((line) => line.length >= MIN_SECRET_LENGTH),
        ]) {
            forms.add(form);
        }
    }
    const longestFirst = [...forms].toSorted((a, b) => b.length - a.length);
    return {
        forms: longestFirst,
        redact: (text) => longestFirst.reduce((shown, form) => shown.replaceAll(form, REPLACEMENT), text),
    };
}

;// CONCATENATED MODULE: ./packages/action-kit/lib/run-context.js

const DEFAULT_PATIENCE = { waitScale: 1, requestTimeoutMs: 30_000 };
/** @throws ActionError RUNNER_ENVIRONMENT naming the variable that is missing or malformed. */
function readRunContext(environment) {
    return {
        apiUrl: readUrl(environment, "GITHUB_API_URL", "https://api.github.com"),
        serverUrl: readUrl(environment, "GITHUB_SERVER_URL", "https://github.com"),
        patience: {
            waitScale: readNumber(environment, "AUDITABLE_RELEASE_WAIT_SCALE", {
                fallback: DEFAULT_PATIENCE.waitScale,
                least: 0,
                most: 1,
            }),
            requestTimeoutMs: readNumber(environment, "AUDITABLE_RELEASE_REQUEST_TIMEOUT_MS", {
                fallback: DEFAULT_PATIENCE.requestTimeoutMs,
                least: 1,
                most: 600_000,
            }),
        },
    };
}
function malformed(name, expected, received) {
    const shown = received === "" ? "it is not set" : `it is ${(0,lib/* quote */.hD)(received)}`;
    return new lib/* ActionError */.lZ("RUNNER_ENVIRONMENT", `"${name}" should be ${expected}, but ${shown}`);
}
/** Plain HTTP is for loopback only: everything we send carries a credential. */
function readUrl(environment, name, fallback) {
    const value = environment[name] ?? "";
    const url = URL.parse(value === "" ? fallback : value);
    const isLoopback = url !== null && /^(?:127(?:\.\d{1,3}){3}|\[::1\]|localhost)$/.test(url.hostname);
    if (url === null ||
        (url.protocol !== "https:" && !(url.protocol === "http:" && isLoopback)) ||
        url.username !== "" ||
        url.password !== "" ||
        url.search !== "" ||
        url.hash !== "") {
        throw malformed(name, "an https URL without credentials, query or fragment", value);
    }
    return url.href.replace(/\/+$/, "");
}
function readNumber(environment, name, range) {
    const value = environment[name] ?? "";
    if (value === "")
        return range.fallback;
    const number = /^\d+(?:\.\d+)?$/.test(value) ? Number(value) : Number.NaN;
    if (!(number >= range.least && number <= range.most)) {
        throw malformed(name, `a number from ${range.least} to ${range.most}`, value);
    }
    return number;
}

;// CONCATENATED MODULE: ./packages/action-kit/lib/run-action.js







/** A single output larger than this breaks the runner's limits for all of them (1 MiB a job). */
const MAX_OUTPUT_BYTES = 256 * 1024;
/**
 * Runs one action from inputs to exit code. Masks secrets before anything else, parses the inputs,
 * calls the use case, and only when it has returned writes outputs and summary. An error becomes
 * one annotation with its code, what to do, and its causes folded below; the outputs of a failing
 * step are `outcome` and `error-code` alone. Throws only where the runner's own files fail, with the
 * exit code already set.
 */
async function runAction(contract, runner, handler) {
    const redactor = redactorFor(secretsOf(contract, runner));
    for (const form of redactor.forms)
        runner.mask(form);
    const show = (text) => logLine(redactor.redact(text));
    const log = {
        info: (line) => runner.print(show(line)),
        debug: (line) => runner.debug(show(line)),
    };
    runner.onCrash((error) => reportFailure(contract, runner, redactor, error));
    try {
        const inputs = parseInputs(contract, runner.inputs);
        const run = readRunContext(runner.environment);
        const result = await handler({ inputs, run, log });
        const outputs = encodeOutputs(contract, redactor, result);
        for (const [name, value] of outputs)
            runner.setOutput(name, value);
        runner.setOutput("outcome", result.outcome);
        runner.setOutput("error-code", "");
        runner.setExitCode(exitCodeOf(result.outcome));
        log.info(`${contract.title}: ${result.outcome}. ${result.headline}.`);
        await summarise(runner, redactor, [
            { kind: "heading", text: `${contract.title}: ${result.outcome}` },
            { kind: "paragraph", content: [`${result.headline}.`] },
            ...result.summary,
        ]);
    }
    catch (error) {
        await reportFailure(contract, runner, redactor, error);
    }
}
function secretsOf(contract, runner) {
    return Object.entries(contract.inputs)
        .filter(([, declaration]) => declaration.secret)
        .map(([name]) => runner.inputs.get(name).trim())
        .filter((value) => value !== "");
}
/** A step passes with exit code 0 and fails with any other, so 10 and 11 must become 0 here. */
function exitCodeOf(outcome) {
    return (0,lib/* isPassing */.WG)(outcome) ? lib/* EXIT_CODES */.ai.done : lib/* EXIT_CODES */.ai[outcome];
}
/** Says what was done, or would say: a summary that cannot be written is not worth a failed step. */
async function summarise(runner, redactor, document) {
    try {
        await runner.appendSummary(redactor.redact(renderMarkdown(document)));
    }
    catch (error) {
        runner.debug(logLine(redactor.redact(`No summary was written: ${describe(error)}`)));
    }
}
/** All outputs are checked before the first is written, so that none stands alone. */
function encodeOutputs(contract, redactor, result) {
    const values = result.outputs;
    return Object.keys(contract.outputs).map((name) => {
        const value = values[camelCase(name)];
        if (value === undefined)
            throw new Error(`the output "${name}" was declared but not given`);
        if (redactor.redact(value) !== value)
            throw new Error(`the output "${name}" holds a secret`);
        if (Buffer.byteLength(value) > MAX_OUTPUT_BYTES) {
            throw new Error(`the output "${name}" is larger than ${MAX_OUTPUT_BYTES} bytes`);
        }
        return [name, value];
    });
}
/** The one place that shows an error. */
async function reportFailure(contract, runner, redactor, thrown) {
    const error = thrown instanceof lib/* ActionError */.lZ
        ? thrown
        : new lib/* ActionError */.lZ("UNEXPECTED", describe(thrown), { cause: thrown });
    const show = (text) => logLine(redactor.redact(text));
    // First, because what follows may fail in its turn, and the step must not pass then.
    runner.setExitCode(exitCodeOf(error.outcome));
    runner.annotateError(`${contract.title}: ${error.outcome} (${error.code})`, redactor.redact(messageOf(error)));
    runner.print(show(`What to do: ${error.hint}`));
    if (error instanceof lib/* PermissionError */.i_) {
        for (const line of neededPermissions(contract))
            runner.print(show(line));
    }
    const causes = (0,lib/* causesOf */.cZ)(error).map((cause) => show(describe(cause)));
    if (error.code === "UNEXPECTED") {
        const stack = thrown instanceof Error ? (thrown.stack ?? describe(thrown)) : describe(thrown);
        runner.printFolded(`Stack, to be reported with the action's version (${runner.environment["GITHUB_ACTION_REF"] ?? "unknown"})`, stack.split("\n").map(show));
    }
    else if (causes.length > 0) {
        runner.printFolded("Causes", causes);
    }
    await summarise(runner, redactor, failureSummary(contract, error));
    runner.setOutput("outcome", error.outcome);
    runner.setOutput("error-code", error.code);
}
function messageOf(error) {
    if (!(error instanceof lib/* InputError */.dz))
        return error.message;
    const count = error.faults.length;
    return [
        count === 1 ? "1 input is wrong:" : `${count} inputs are wrong:`,
        ...error.faults.map((fault) => `- "${fault.input}": expected ${fault.expected}, got ${fault.received}`),
    ].join("\n");
}
function neededPermissions(contract) {
    return [
        "The job that runs this action needs:",
        ...permissionsBlock(contract.permissions)
            .split("\n")
            .map((line) => `  ${line}`),
    ];
}
function failureSummary(contract, error) {
    const what = error instanceof lib/* InputError */.dz
        ? {
            kind: "table",
            header: ["Input", "Expected", "Got"],
            rows: error.faults.map((fault) => [
                [{ code: fault.input }],
                [fault.expected],
                [fault.received],
            ]),
        }
        : { kind: "paragraph", content: [`${error.message}.`] };
    const permissions = error instanceof lib/* PermissionError */.i_
        ? [{ kind: "code", text: permissionsBlock(contract.permissions) }]
        : [];
    return [
        { kind: "heading", text: `${contract.title}: ${error.outcome}` },
        what,
        { kind: "paragraph", content: [{ strong: "What to do:" }, ` ${error.hint}`] },
        ...permissions,
        { kind: "paragraph", content: ["Error code: ", { code: error.code }] },
    ];
}
function describe(thrown) {
    if (thrown instanceof lib/* ActionError */.lZ)
        return `${thrown.code}: ${thrown.message}`;
    if (thrown instanceof Error)
        return `${thrown.name}: ${thrown.message}`;
    return `a thrown ${typeof thrown}: ${String(thrown)}`;
}

;// CONCATENATED MODULE: external "node:timers/promises"
const promises_namespaceObject = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:timers/promises");
;// CONCATENATED MODULE: ./packages/action-kit/lib/system-clock.js

/** Real time, every wait multiplied by `waitScale` (0 to 1). */
function systemClock(waitScale) {
    return {
        wait: async (milliseconds) => {
            await (0,promises_namespaceObject.setTimeout)(milliseconds * waitScale);
        },
    };
}

;// CONCATENATED MODULE: ./packages/action-kit/lib/index.js











/***/ }),

/***/ 725:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __nccwpck_require__) => {


// EXPORTS
__nccwpck_require__.d(__webpack_exports__, {
  s: () => (/* binding */ coreRunner)
});

;// CONCATENATED MODULE: external "node:process"
const external_node_process_namespaceObject = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:process");
;// CONCATENATED MODULE: external "os"
const external_os_namespaceObject = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("os");
;// CONCATENATED MODULE: ./node_modules/.pnpm/@actions+core@3.0.1_patch_hash=1289cae7a8a6f3e5cf70794dc253de9eef612d3c39938718ecb3cd709a5e4c37/node_modules/@actions/core/lib/utils.js
// We use any as a valid input type
/* eslint-disable @typescript-eslint/no-explicit-any */
/**
 * Sanitizes an input into a string so it can be passed into issueCommand safely
 * @param input input to sanitize into a string
 */
function utils_toCommandValue(input) {
    if (input === null || input === undefined) {
        return '';
    }
    else if (typeof input === 'string' || input instanceof String) {
        return input;
    }
    return JSON.stringify(input);
}
/**
 *
 * @param annotationProperties
 * @returns The command properties to send with the actual annotation command
 * See IssueCommandProperties: https://github.com/actions/runner/blob/main/src/Runner.Worker/ActionCommandManager.cs#L646
 */
function utils_toCommandProperties(annotationProperties) {
    if (!Object.keys(annotationProperties).length) {
        return {};
    }
    return {
        title: annotationProperties.title,
        file: annotationProperties.file,
        line: annotationProperties.startLine,
        endLine: annotationProperties.endLine,
        col: annotationProperties.startColumn,
        endColumn: annotationProperties.endColumn
    };
}
//# sourceMappingURL=utils.js.map
;// CONCATENATED MODULE: ./node_modules/.pnpm/@actions+core@3.0.1_patch_hash=1289cae7a8a6f3e5cf70794dc253de9eef612d3c39938718ecb3cd709a5e4c37/node_modules/@actions/core/lib/command.js


/**
 * Issues a command to the GitHub Actions runner
 *
 * @param command - The command name to issue
 * @param properties - Additional properties for the command (key-value pairs)
 * @param message - The message to include with the command
 * @remarks
 * This function outputs a specially formatted string to stdout that the Actions
 * runner interprets as a command. These commands can control workflow behavior,
 * set outputs, create annotations, mask values, and more.
 *
 * Command Format:
 *   ::name key=value,key=value::message
 *
 * @example
 * ```typescript
 * // Issue a warning annotation
 * issueCommand('warning', {}, 'This is a warning message');
 * // Output: ::warning::This is a warning message
 *
 * // Set an environment variable
 * issueCommand('set-env', { name: 'MY_VAR' }, 'some value');
 * // Output: ::set-env name=MY_VAR::some value
 *
 * // Add a secret mask
 * issueCommand('add-mask', {}, 'secretValue123');
 * // Output: ::add-mask::secretValue123
 * ```
 *
 * @internal
 * This is an internal utility function that powers the public API functions
 * such as setSecret, warning, error, and exportVariable.
 */
function command_issueCommand(command, properties, message) {
    const cmd = new Command(command, properties, message);
    process.stdout.write(cmd.toString() + external_os_namespaceObject.EOL);
}
function command_issue(name, message = '') {
    command_issueCommand(name, {}, message);
}
const CMD_STRING = '::';
class Command {
    constructor(command, properties, message) {
        if (!command) {
            command = 'missing.command';
        }
        this.command = command;
        this.properties = properties;
        this.message = message;
    }
    toString() {
        let cmdStr = CMD_STRING + this.command;
        if (this.properties && Object.keys(this.properties).length > 0) {
            cmdStr += ' ';
            let first = true;
            for (const key in this.properties) {
                if (this.properties.hasOwnProperty(key)) {
                    const val = this.properties[key];
                    if (val) {
                        if (first) {
                            first = false;
                        }
                        else {
                            cmdStr += ',';
                        }
                        cmdStr += `${key}=${escapeProperty(val)}`;
                    }
                }
            }
        }
        cmdStr += `${CMD_STRING}${escapeData(this.message)}`;
        return cmdStr;
    }
}
function escapeData(s) {
    return utils_toCommandValue(s)
        .replace(/%/g, '%25')
        .replace(/\r/g, '%0D')
        .replace(/\n/g, '%0A');
}
function escapeProperty(s) {
    return utils_toCommandValue(s)
        .replace(/%/g, '%25')
        .replace(/\r/g, '%0D')
        .replace(/\n/g, '%0A')
        .replace(/:/g, '%3A')
        .replace(/,/g, '%2C');
}
//# sourceMappingURL=command.js.map
;// CONCATENATED MODULE: external "crypto"
const external_crypto_namespaceObject = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("crypto");
;// CONCATENATED MODULE: external "fs"
const external_fs_namespaceObject = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("fs");
;// CONCATENATED MODULE: ./node_modules/.pnpm/@actions+core@3.0.1_patch_hash=1289cae7a8a6f3e5cf70794dc253de9eef612d3c39938718ecb3cd709a5e4c37/node_modules/@actions/core/lib/file-command.js
// For internal use, subject to change.
// We use any as a valid input type
/* eslint-disable @typescript-eslint/no-explicit-any */




function file_command_issueFileCommand(command, message) {
    const filePath = process.env[`GITHUB_${command}`];
    if (!filePath) {
        throw new Error(`Unable to find environment variable for file command ${command}`);
    }
    if (!external_fs_namespaceObject.existsSync(filePath)) {
        throw new Error(`Missing file at path: ${filePath}`);
    }
    external_fs_namespaceObject.appendFileSync(filePath, `${utils_toCommandValue(message)}${external_os_namespaceObject.EOL}`, {
        encoding: 'utf8'
    });
}
function file_command_prepareKeyValueMessage(key, value) {
    const delimiter = `ghadelimiter_${external_crypto_namespaceObject.randomUUID()}`;
    const convertedValue = utils_toCommandValue(value);
    // These should realistically never happen, but just in case someone finds a
    // way to exploit uuid generation let's not allow keys or values that contain
    // the delimiter.
    if (key.includes(delimiter)) {
        throw new Error(`Unexpected input: name should not contain the delimiter "${delimiter}"`);
    }
    if (convertedValue.includes(delimiter)) {
        throw new Error(`Unexpected input: value should not contain the delimiter "${delimiter}"`);
    }
    return `${key}<<${delimiter}${external_os_namespaceObject.EOL}${convertedValue}${external_os_namespaceObject.EOL}${delimiter}`;
}
//# sourceMappingURL=file-command.js.map
;// CONCATENATED MODULE: external "path"
const external_path_namespaceObject = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("path");
;// CONCATENATED MODULE: ./node_modules/.pnpm/@actions+core@3.0.1_patch_hash=1289cae7a8a6f3e5cf70794dc253de9eef612d3c39938718ecb3cd709a5e4c37/node_modules/@actions/core/lib/core.js
var __awaiter = (undefined && undefined.__awaiter) || function (thisArg, _arguments, P, generator) {
    function adopt(value) { return value instanceof P ? value : new P(function (resolve) { resolve(value); }); }
    return new (P || (P = Promise))(function (resolve, reject) {
        function fulfilled(value) { try { step(generator.next(value)); } catch (e) { reject(e); } }
        function rejected(value) { try { step(generator["throw"](value)); } catch (e) { reject(e); } }
        function step(result) { result.done ? resolve(result.value) : adopt(result.value).then(fulfilled, rejected); }
        step((generator = generator.apply(thisArg, _arguments || [])).next());
    });
};






/**
 * The code to exit an action
 */
var ExitCode;
(function (ExitCode) {
    /**
     * A code indicating that the action was successful
     */
    ExitCode[ExitCode["Success"] = 0] = "Success";
    /**
     * A code indicating that the action was a failure
     */
    ExitCode[ExitCode["Failure"] = 1] = "Failure";
})(ExitCode || (ExitCode = {}));
//-----------------------------------------------------------------------
// Variables
//-----------------------------------------------------------------------
/**
 * Sets env variable for this action and future actions in the job
 * @param name the name of the variable to set
 * @param val the value of the variable. Non-string values will be converted to a string via JSON.stringify
 */
// eslint-disable-next-line @typescript-eslint/no-explicit-any
function exportVariable(name, val) {
    const convertedVal = toCommandValue(val);
    process.env[name] = convertedVal;
    const filePath = process.env['GITHUB_ENV'] || '';
    if (filePath) {
        return issueFileCommand('ENV', prepareKeyValueMessage(name, val));
    }
    issueCommand('set-env', { name }, convertedVal);
}
/**
 * Registers a secret which will get masked from logs
 *
 * @param secret - Value of the secret to be masked
 * @remarks
 * This function instructs the Actions runner to mask the specified value in any
 * logs produced during the workflow run. Once registered, the secret value will
 * be replaced with asterisks (***) whenever it appears in console output, logs,
 * or error messages.
 *
 * This is useful for protecting sensitive information such as:
 * - API keys
 * - Access tokens
 * - Authentication credentials
 * - URL parameters containing signatures (SAS tokens)
 *
 * Note that masking only affects future logs; any previous appearances of the
 * secret in logs before calling this function will remain unmasked.
 *
 * @example
 * ```typescript
 * // Register an API token as a secret
 * const apiToken = "abc123xyz456";
 * setSecret(apiToken);
 *
 * // Now any logs containing this value will show *** instead
 * console.log(`Using token: ${apiToken}`); // Outputs: "Using token: ***"
 * ```
 */
function setSecret(secret) {
    command_issueCommand('add-mask', {}, secret);
}
/**
 * Prepends inputPath to the PATH (for this action and future actions)
 * @param inputPath
 */
function addPath(inputPath) {
    const filePath = process.env['GITHUB_PATH'] || '';
    if (filePath) {
        issueFileCommand('PATH', inputPath);
    }
    else {
        issueCommand('add-path', {}, inputPath);
    }
    process.env['PATH'] = `${inputPath}${path.delimiter}${process.env['PATH']}`;
}
/**
 * Gets the value of an input.
 * Unless trimWhitespace is set to false in InputOptions, the value is also trimmed.
 * Returns an empty string if the value is not defined.
 *
 * @param     name     name of the input to get
 * @param     options  optional. See InputOptions.
 * @returns   string
 */
function getInput(name, options) {
    const val = process.env[`INPUT_${name.replace(/ /g, '_').toUpperCase()}`] || '';
    if (options && options.required && !val) {
        throw new Error(`Input required and not supplied: ${name}`);
    }
    if (options && options.trimWhitespace === false) {
        return val;
    }
    return val.trim();
}
/**
 * Gets the values of an multiline input.  Each value is also trimmed.
 *
 * @param     name     name of the input to get
 * @param     options  optional. See InputOptions.
 * @returns   string[]
 *
 */
function getMultilineInput(name, options) {
    const inputs = getInput(name, options)
        .split('\n')
        .filter(x => x !== '');
    if (options && options.trimWhitespace === false) {
        return inputs;
    }
    return inputs.map(input => input.trim());
}
/**
 * Gets the input value of the boolean type in the YAML 1.2 "core schema" specification.
 * Support boolean input list: `true | True | TRUE | false | False | FALSE` .
 * The return value is also in boolean type.
 * ref: https://yaml.org/spec/1.2/spec.html#id2804923
 *
 * @param     name     name of the input to get
 * @param     options  optional. See InputOptions.
 * @returns   boolean
 */
function getBooleanInput(name, options) {
    const trueValue = ['true', 'True', 'TRUE'];
    const falseValue = ['false', 'False', 'FALSE'];
    const val = getInput(name, options);
    if (trueValue.includes(val))
        return true;
    if (falseValue.includes(val))
        return false;
    throw new TypeError(`Input does not meet YAML 1.2 "Core Schema" specification: ${name}\n` +
        `Support boolean input list: \`true | True | TRUE | false | False | FALSE\``);
}
/**
 * Sets the value of an output.
 *
 * @param     name     name of the output to set
 * @param     value    value to store. Non-string values will be converted to a string via JSON.stringify
 */
// eslint-disable-next-line @typescript-eslint/no-explicit-any
function setOutput(name, value) {
    const filePath = process.env['GITHUB_OUTPUT'] || '';
    if (filePath) {
        return file_command_issueFileCommand('OUTPUT', file_command_prepareKeyValueMessage(name, value));
    }
    process.stdout.write(external_os_namespaceObject.EOL);
    command_issueCommand('set-output', { name }, utils_toCommandValue(value));
}
/**
 * Enables or disables the echoing of commands into stdout for the rest of the step.
 * Echoing is disabled by default if ACTIONS_STEP_DEBUG is not set.
 *
 */
function setCommandEcho(enabled) {
    issue('echo', enabled ? 'on' : 'off');
}
//-----------------------------------------------------------------------
// Results
//-----------------------------------------------------------------------
/**
 * Sets the action status to failed.
 * When the action exits it will be with an exit code of 1
 * @param message add error issue message
 */
function setFailed(message) {
    process.exitCode = ExitCode.Failure;
    error(message);
}
//-----------------------------------------------------------------------
// Logging Commands
//-----------------------------------------------------------------------
/**
 * Gets whether Actions Step Debug is on or not
 */
function isDebug() {
    return process.env['RUNNER_DEBUG'] === '1';
}
/**
 * Writes debug message to user log
 * @param message debug message
 */
function debug(message) {
    command_issueCommand('debug', {}, message);
}
/**
 * Adds an error issue
 * @param message error issue message. Errors will be converted to string via toString()
 * @param properties optional properties to add to the annotation.
 */
function error(message, properties = {}) {
    command_issueCommand('error', utils_toCommandProperties(properties), message instanceof Error ? message.toString() : message);
}
/**
 * Adds a warning issue
 * @param message warning issue message. Errors will be converted to string via toString()
 * @param properties optional properties to add to the annotation.
 */
function warning(message, properties = {}) {
    issueCommand('warning', toCommandProperties(properties), message instanceof Error ? message.toString() : message);
}
/**
 * Adds a notice issue
 * @param message notice issue message. Errors will be converted to string via toString()
 * @param properties optional properties to add to the annotation.
 */
function notice(message, properties = {}) {
    issueCommand('notice', toCommandProperties(properties), message instanceof Error ? message.toString() : message);
}
/**
 * Writes info to log with console.log.
 * @param message info message
 */
function info(message) {
    process.stdout.write(message + external_os_namespaceObject.EOL);
}
/**
 * Begin an output group.
 *
 * Output until the next `groupEnd` will be foldable in this group
 *
 * @param name The name of the output group
 */
function startGroup(name) {
    command_issue('group', name);
}
/**
 * End an output group.
 */
function endGroup() {
    command_issue('endgroup');
}
/**
 * Wrap an asynchronous function call in a group.
 *
 * Returns the same type as the function itself.
 *
 * @param name The name of the group
 * @param fn The function to wrap in the group
 */
function group(name, fn) {
    return __awaiter(this, void 0, void 0, function* () {
        startGroup(name);
        let result;
        try {
            result = yield fn();
        }
        finally {
            endGroup();
        }
        return result;
    });
}
//-----------------------------------------------------------------------
// Wrapper action state
//-----------------------------------------------------------------------
/**
 * Saves state for current action, the state can only be retrieved by this action's post job execution.
 *
 * @param     name     name of the state to store
 * @param     value    value to store. Non-string values will be converted to a string via JSON.stringify
 */
// eslint-disable-next-line @typescript-eslint/no-explicit-any
function saveState(name, value) {
    const filePath = process.env['GITHUB_STATE'] || '';
    if (filePath) {
        return issueFileCommand('STATE', prepareKeyValueMessage(name, value));
    }
    issueCommand('save-state', { name }, toCommandValue(value));
}
/**
 * Gets the value of an state set by this action's main execution.
 *
 * @param     name     name of the state to get
 * @returns   string
 */
function getState(name) {
    return process.env[`STATE_${name}`] || '';
}
function getIDToken(aud) {
    return __awaiter(this, void 0, void 0, function* () {
        return yield OidcClient.getIDToken(aud);
    });
}
/**
 * Summary exports
 */

/**
 * @deprecated use core.summary
 */

/**
 * Path exports
 */

/**
 * Platform utilities exports
 */

//# sourceMappingURL=core.js.map
;// CONCATENATED MODULE: ./node_modules/.pnpm/@actions+core@3.0.1_patch_hash=1289cae7a8a6f3e5cf70794dc253de9eef612d3c39938718ecb3cd709a5e4c37/node_modules/@actions/core/lib/summary.js
var summary_awaiter = (undefined && undefined.__awaiter) || function (thisArg, _arguments, P, generator) {
    function adopt(value) { return value instanceof P ? value : new P(function (resolve) { resolve(value); }); }
    return new (P || (P = Promise))(function (resolve, reject) {
        function fulfilled(value) { try { step(generator.next(value)); } catch (e) { reject(e); } }
        function rejected(value) { try { step(generator["throw"](value)); } catch (e) { reject(e); } }
        function step(result) { result.done ? resolve(result.value) : adopt(result.value).then(fulfilled, rejected); }
        step((generator = generator.apply(thisArg, _arguments || [])).next());
    });
};


const { access, appendFile, writeFile } = external_fs_namespaceObject.promises;
const SUMMARY_ENV_VAR = 'GITHUB_STEP_SUMMARY';
const SUMMARY_DOCS_URL = 'https://docs.github.com/actions/using-workflows/workflow-commands-for-github-actions#adding-a-job-summary';
class Summary {
    constructor() {
        this._buffer = '';
    }
    /**
     * Finds the summary file path from the environment, rejects if env var is not found or file does not exist
     * Also checks r/w permissions.
     *
     * @returns step summary file path
     */
    filePath() {
        return summary_awaiter(this, void 0, void 0, function* () {
            if (this._filePath) {
                return this._filePath;
            }
            const pathFromEnv = process.env[SUMMARY_ENV_VAR];
            if (!pathFromEnv) {
                throw new Error(`Unable to find environment variable for $${SUMMARY_ENV_VAR}. Check if your runtime environment supports job summaries.`);
            }
            try {
                yield access(pathFromEnv, external_fs_namespaceObject.constants.R_OK | external_fs_namespaceObject.constants.W_OK);
            }
            catch (_a) {
                throw new Error(`Unable to access summary file: '${pathFromEnv}'. Check if the file has correct read/write permissions.`);
            }
            this._filePath = pathFromEnv;
            return this._filePath;
        });
    }
    /**
     * Wraps content in an HTML tag, adding any HTML attributes
     *
     * @param {string} tag HTML tag to wrap
     * @param {string | null} content content within the tag
     * @param {[attribute: string]: string} attrs key-value list of HTML attributes to add
     *
     * @returns {string} content wrapped in HTML element
     */
    wrap(tag, content, attrs = {}) {
        const htmlAttrs = Object.entries(attrs)
            .map(([key, value]) => ` ${key}="${value}"`)
            .join('');
        if (!content) {
            return `<${tag}${htmlAttrs}>`;
        }
        return `<${tag}${htmlAttrs}>${content}</${tag}>`;
    }
    /**
     * Writes text in the buffer to the summary buffer file and empties buffer. Will append by default.
     *
     * @param {SummaryWriteOptions} [options] (optional) options for write operation
     *
     * @returns {Promise<Summary>} summary instance
     */
    write(options) {
        return summary_awaiter(this, void 0, void 0, function* () {
            const overwrite = !!(options === null || options === void 0 ? void 0 : options.overwrite);
            const filePath = yield this.filePath();
            const writeFunc = overwrite ? writeFile : appendFile;
            yield writeFunc(filePath, this._buffer, { encoding: 'utf8' });
            return this.emptyBuffer();
        });
    }
    /**
     * Clears the summary buffer and wipes the summary file
     *
     * @returns {Summary} summary instance
     */
    clear() {
        return summary_awaiter(this, void 0, void 0, function* () {
            return this.emptyBuffer().write({ overwrite: true });
        });
    }
    /**
     * Returns the current summary buffer as a string
     *
     * @returns {string} string of summary buffer
     */
    stringify() {
        return this._buffer;
    }
    /**
     * If the summary buffer is empty
     *
     * @returns {boolen} true if the buffer is empty
     */
    isEmptyBuffer() {
        return this._buffer.length === 0;
    }
    /**
     * Resets the summary buffer without writing to summary file
     *
     * @returns {Summary} summary instance
     */
    emptyBuffer() {
        this._buffer = '';
        return this;
    }
    /**
     * Adds raw text to the summary buffer
     *
     * @param {string} text content to add
     * @param {boolean} [addEOL=false] (optional) append an EOL to the raw text (default: false)
     *
     * @returns {Summary} summary instance
     */
    addRaw(text, addEOL = false) {
        this._buffer += text;
        return addEOL ? this.addEOL() : this;
    }
    /**
     * Adds the operating system-specific end-of-line marker to the buffer
     *
     * @returns {Summary} summary instance
     */
    addEOL() {
        return this.addRaw(external_os_namespaceObject.EOL);
    }
    /**
     * Adds an HTML codeblock to the summary buffer
     *
     * @param {string} code content to render within fenced code block
     * @param {string} lang (optional) language to syntax highlight code
     *
     * @returns {Summary} summary instance
     */
    addCodeBlock(code, lang) {
        const attrs = Object.assign({}, (lang && { lang }));
        const element = this.wrap('pre', this.wrap('code', code), attrs);
        return this.addRaw(element).addEOL();
    }
    /**
     * Adds an HTML list to the summary buffer
     *
     * @param {string[]} items list of items to render
     * @param {boolean} [ordered=false] (optional) if the rendered list should be ordered or not (default: false)
     *
     * @returns {Summary} summary instance
     */
    addList(items, ordered = false) {
        const tag = ordered ? 'ol' : 'ul';
        const listItems = items.map(item => this.wrap('li', item)).join('');
        const element = this.wrap(tag, listItems);
        return this.addRaw(element).addEOL();
    }
    /**
     * Adds an HTML table to the summary buffer
     *
     * @param {SummaryTableCell[]} rows table rows
     *
     * @returns {Summary} summary instance
     */
    addTable(rows) {
        const tableBody = rows
            .map(row => {
            const cells = row
                .map(cell => {
                if (typeof cell === 'string') {
                    return this.wrap('td', cell);
                }
                const { header, data, colspan, rowspan } = cell;
                const tag = header ? 'th' : 'td';
                const attrs = Object.assign(Object.assign({}, (colspan && { colspan })), (rowspan && { rowspan }));
                return this.wrap(tag, data, attrs);
            })
                .join('');
            return this.wrap('tr', cells);
        })
            .join('');
        const element = this.wrap('table', tableBody);
        return this.addRaw(element).addEOL();
    }
    /**
     * Adds a collapsable HTML details element to the summary buffer
     *
     * @param {string} label text for the closed state
     * @param {string} content collapsable content
     *
     * @returns {Summary} summary instance
     */
    addDetails(label, content) {
        const element = this.wrap('details', this.wrap('summary', label) + content);
        return this.addRaw(element).addEOL();
    }
    /**
     * Adds an HTML image tag to the summary buffer
     *
     * @param {string} src path to the image you to embed
     * @param {string} alt text description of the image
     * @param {SummaryImageOptions} options (optional) addition image attributes
     *
     * @returns {Summary} summary instance
     */
    addImage(src, alt, options) {
        const { width, height } = options || {};
        const attrs = Object.assign(Object.assign({}, (width && { width })), (height && { height }));
        const element = this.wrap('img', null, Object.assign({ src, alt }, attrs));
        return this.addRaw(element).addEOL();
    }
    /**
     * Adds an HTML section heading element
     *
     * @param {string} text heading text
     * @param {number | string} [level=1] (optional) the heading level, default: 1
     *
     * @returns {Summary} summary instance
     */
    addHeading(text, level) {
        const tag = `h${level}`;
        const allowedTag = ['h1', 'h2', 'h3', 'h4', 'h5', 'h6'].includes(tag)
            ? tag
            : 'h1';
        const element = this.wrap(allowedTag, text);
        return this.addRaw(element).addEOL();
    }
    /**
     * Adds an HTML thematic break (<hr>) to the summary buffer
     *
     * @returns {Summary} summary instance
     */
    addSeparator() {
        const element = this.wrap('hr', null);
        return this.addRaw(element).addEOL();
    }
    /**
     * Adds an HTML line break (<br>) to the summary buffer
     *
     * @returns {Summary} summary instance
     */
    addBreak() {
        const element = this.wrap('br', null);
        return this.addRaw(element).addEOL();
    }
    /**
     * Adds an HTML blockquote to the summary buffer
     *
     * @param {string} text quote text
     * @param {string} cite (optional) citation url
     *
     * @returns {Summary} summary instance
     */
    addQuote(text, cite) {
        const attrs = Object.assign({}, (cite && { cite }));
        const element = this.wrap('blockquote', text, attrs);
        return this.addRaw(element).addEOL();
    }
    /**
     * Adds an HTML anchor tag to the summary buffer
     *
     * @param {string} text link text/content
     * @param {string} href hyperlink
     *
     * @returns {Summary} summary instance
     */
    addLink(text, href) {
        const element = this.wrap('a', text, { href });
        return this.addRaw(element).addEOL();
    }
}
const _summary = new Summary();
/**
 * @deprecated use `core.summary`
 */
const markdownSummary = (/* unused pure expression or super */ null && (_summary));
const summary = _summary;
//# sourceMappingURL=summary.js.map
;// CONCATENATED MODULE: ./packages/action-kit/lib/runner-core.js


const INPUT_PREFIX = "INPUT_";
/**
 * The runner of GitHub Actions, through its official toolkit. Imports are named, not `* as core`, so
 * that the bundler can leave out the parts nobody uses (the OIDC client and its HTTP stack).
 */
function coreRunner() {
    return {
        inputs: {
            get: (name) => getInput(name, { trimWhitespace: false }),
            names: Object.keys(external_node_process_namespaceObject.env)
                .filter((key) => key.startsWith(INPUT_PREFIX))
                .map((key) => key.slice(INPUT_PREFIX.length)),
        },
        environment: external_node_process_namespaceObject.env,
        mask: setSecret,
        print: info,
        debug: debug,
        printFolded: (heading, lines) => {
            startGroup(heading);
            for (const line of lines)
                info(line);
            endGroup();
        },
        annotateError: (title, message) => {
            error(message, { title });
        },
        setOutput: setOutput,
        appendSummary: async (markdown) => {
            // Outside a runner there is no such file; a summary is never worth a failure.
            if (external_node_process_namespaceObject.env["GITHUB_STEP_SUMMARY"] !== undefined)
                await summary.addRaw(markdown).write();
        },
        setExitCode: (code) => {
            external_node_process_namespaceObject.exitCode = code;
        },
        onCrash: (report) => {
            const crash = (error) => {
                // oxlint-disable-next-line house/process-access -- after an error nobody awaited the state is unknown: nothing more may be done
                void report(error).finally(() => external_node_process_namespaceObject.exit());
            };
            external_node_process_namespaceObject.once("uncaughtException", crash);
            external_node_process_namespaceObject.once("unhandledRejection", crash);
        },
    };
}


/***/ }),

/***/ 461:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __nccwpck_require__) => {


// EXPORTS
__nccwpck_require__.d(__webpack_exports__, {
  lZ: () => (/* reexport */ ActionError),
  ai: () => (/* reexport */ EXIT_CODES),
  dz: () => (/* reexport */ InputError),
  mB: () => (/* reexport */ parse_ParseError),
  i_: () => (/* reexport */ PermissionError),
  cZ: () => (/* reexport */ causesOf),
  Zy: () => (/* reexport */ compareVersions),
  EK: () => (/* reexport */ confusableKey),
  WG: () => (/* reexport */ isPassing),
  pQ: () => (/* reexport */ isPatch),
  V1: () => (/* reexport */ isPrerelease),
  cA: () => (/* reexport */ lineOf),
  pD: () => (/* reexport */ parseBranchName),
  tu: () => (/* reexport */ parseCommitSha),
  Jj: () => (/* reexport */ parseRepoSlug),
  ED: () => (/* reexport */ parseTag),
  ot: () => (/* reexport */ parseVersion),
  hD: () => (/* reexport */ quote),
  cV: () => (/* reexport */ splitRepoSlug),
  Kd: () => (/* reexport */ tryVersion)
});

// UNUSED EXPORTS: ERROR_CODES, OUTCOMES, assertNever, formatImageRef, parseChannel, parseDigest, parseImageRef

;// CONCATENATED MODULE: ./packages/model/lib/error-codes.js
const ERROR_CODES = {
    INPUT_INVALID: {
        outcome: "refused",
        means: "One or more inputs of the call are missing, malformed or unknown",
        remedy: "Correct every input named in the message; nothing was contacted or changed.",
    },
    RUNNER_ENVIRONMENT: {
        outcome: "refused",
        means: "A variable that every GitHub Actions runner sets is missing or malformed",
        remedy: "Run the action on a GitHub Actions runner, or set the variable named in the message.",
    },
    UNEXPECTED: {
        outcome: "bug",
        means: "An error nobody planned; a defect of auditable-release",
        remedy: "Report it with the stack printed below the message. Running again may not help.",
    },
    GITHUB_UNAUTHORIZED: {
        outcome: "refused",
        means: "GitHub does not accept the token: it is wrong, revoked or expired",
        remedy: "Pass a valid token in `github-token`; leave the input out to use the job's own token.",
    },
    GITHUB_FORBIDDEN: {
        outcome: "refused",
        means: "The token is valid, but may not do this",
        remedy: "Grant the job the permissions printed with the message.",
    },
    GITHUB_NOT_FOUND: {
        outcome: "refused",
        means: "GitHub knows no such thing, or the token may not see it; GitHub does not tell which",
        remedy: "Check the spelling first, then whether the token has access to the repository (a job's own token sees only its own repository).",
    },
    GITHUB_RATE_LIMITED: {
        outcome: "retry",
        means: "GitHub's rate limit is exhausted and lasts longer than we wait",
        remedy: "Run again after the time named in the message.",
    },
    GITHUB_UNAVAILABLE: {
        outcome: "retry",
        means: "GitHub could not be reached or kept failing (5xx, reset, no answer in time)",
        remedy: "Run again; what was already done is found and kept. If it persists, see https://www.githubstatus.com.",
    },
    GITHUB_UNREADABLE: {
        outcome: "retry",
        means: "The answer is not what GitHub's API documents: not JSON, cut off, too large or of another shape",
        remedy: "Check that `GITHUB_API_URL` is GitHub's API and that no proxy answers in its place, then run again.",
    },
    GITHUB_REJECTED: {
        outcome: "refused",
        means: "GitHub understood the request and refuses it",
        remedy: "Read GitHub's reason in the message; a repository rule is the usual cause.",
    },
    REPOSITORY_EMPTY: {
        outcome: "refused",
        means: "The repository has no commit yet",
        remedy: "Push the first commit, then run again.",
    },
    COMMIT_NOT_FOUND: {
        outcome: "refused",
        means: "The repository has no commit of this id",
        remedy: "Pass the full 40-digit id of a commit that is pushed to the repository.",
    },
    COMMIT_UNREACHABLE: {
        outcome: "refused",
        means: "The commit exists, but not on the branch it should come from (it may live in a fork only)",
        remedy: "Merge the commit to the source branch first, or name the right `source-branch`.",
    },
    BRANCH_MISSING: {
        outcome: "refused",
        means: "A branch that must exist does not",
        remedy: "For a patch release the branch is cut by the minor release before it; check the version, or cut the branch first.",
    },
    PREVIOUS_RELEASE_MISSING: {
        outcome: "refused",
        means: "A patch release has no earlier stable release in its line",
        remedy: "Check the version: the first release of a line ends in .0.",
    },
    REF_CONFUSABLE: {
        outcome: "refused",
        means: "A branch or tag exists whose name can be mistaken for the one to be used",
        remedy: "Rename or delete the confusable branch or tag yourself; nothing here deletes refs.",
    },
    BRANCH_NAME_BLOCKED: {
        outcome: "refused",
        means: "Git cannot hold a branch of this name beside one that exists",
        remedy: "Choose another name, or rename the branch named in the message.",
    },
    BRANCH_DIVERGED: {
        outcome: "conflict",
        means: "The branch exists, but does not contain the commit that was asked for",
        remedy: "Decide which commit is right. Nothing here moves an existing branch.",
    },
    BRANCH_LACKS_PREVIOUS: {
        outcome: "conflict",
        means: "The release branch does not contain the previous release of its line",
        remedy: "Find out whether the branch or the tag was moved, and put the branch right by a reviewed merge.",
    },
    RACE_UNDECIDED: {
        outcome: "retry",
        means: "Another run kept changing the same thing while this one was deciding",
        remedy: "Let the other run end, then run again.",
    },
    NOT_CONFIRMED: {
        outcome: "retry",
        means: "GitHub accepted the change, but reading it back did not show it in time",
        remedy: "Run again; the change is found and kept if it was made.",
    },
};

;// CONCATENATED MODULE: ./packages/model/lib/errors.js

/**
 * Everything thrown on purpose. The message is one sentence without a trailing period: subject,
 * what was observed, what was expected; the code says which case it is. Anything else that is
 * thrown is a defect of ours and is reported as `UNEXPECTED`.
 */
class ActionError extends Error {
    name = "ActionError";
    code;
    hint;
    constructor(code, message, options = {}) {
        super(message, options.cause === undefined ? undefined : { cause: options.cause });
        this.code = code;
        this.hint = options.hint ?? ERROR_CODES[code].remedy;
    }
    get outcome() {
        return ERROR_CODES[this.code].outcome;
    }
}
/** All bad inputs of a call together, so that one run shows all there is to correct. */
class InputError extends ActionError {
    name = "InputError";
    faults;
    constructor(faults) {
        const list = faults.map((fault) => `input "${fault.input}": expected ${fault.expected}, got ${fault.received}`);
        super("INPUT_INVALID", list.join("; "));
        this.faults = faults;
    }
}
/**
 * The token may not do what was tried. Kept apart from other refusals because whoever shows it adds
 * the `permissions:` block of the action's contract.
 */
class PermissionError extends ActionError {
    name = "PermissionError";
}
/** The error and its causes, outermost first; bounded, because a cause may be anything. */
function causesOf(error, limit = 8) {
    const chain = [];
    let current = error instanceof Error ? error.cause : undefined;
    while (current !== undefined && current !== null && chain.length < limit) {
        chain.push(current);
        current = current instanceof Error ? current.cause : undefined;
    }
    return chain;
}
/** Lets the compiler prove that a switch is exhaustive. */
function assertNever(value) {
    throw new Error(`a case was forgotten: ${JSON.stringify(value)}`);
}

;// CONCATENATED MODULE: ./packages/model/lib/parse.js
/**
 * How every value that comes from outside is read: a parser either returns a branded value that
 * prints back as the very text it was read from, or throws a ParseError that says what was expected.
 */
/** Text that is not what it should be. Turned into an InputError by whoever knows where it stood. */
class parse_ParseError extends Error {
    name = "ParseError";
    /** Noun phrase: what would have been accepted. */
    expected;
    received;
    constructor(expected, received) {
        super(`expected ${expected}, got ${quote(received)}`);
        this.expected = expected;
        this.received = received;
    }
}
const MAX_QUOTED_LENGTH = 120;
/**
 * The text as it may be shown: on one line, control and invisible characters made visible, cut
 * where it is long. For messages and logs; never to be parsed back.
 */
function quote(text) {
    const cut = text.length > MAX_QUOTED_LENGTH;
    const shown = JSON.stringify(cut ? text.slice(0, MAX_QUOTED_LENGTH) : text).replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Co}\p{Cn}]/gu, (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`);
    return cut ? `${shown} (cut, ${text.length} characters)` : shown;
}

;// CONCATENATED MODULE: ./packages/model/lib/git-names.js

/** A ref is a file on a server: 255 bytes hold `refs/heads/` and the name with room for `.lock`. */
const MAX_NAME_BYTES = 239;
/**
 * Why the text is no ref name, or undefined when it is one. The rules of git-check-ref-format(1),
 * and stricter: printable characters only, no leading "-", and no name that reads as another kind of
 * revision (`HEAD`, `refs/…`, a commit id), because such a name is ambiguous wherever a revision is.
 */
function refNameFault(text) {
    if (text === "")
        return "that is not empty";
    if (Buffer.byteLength(text) > MAX_NAME_BYTES)
        return `of at most ${MAX_NAME_BYTES} bytes`;
    if (!text.isWellFormed() || /[\p{C}\p{Z}]/u.test(text)) {
        return "without blanks, control or invisible characters";
    }
    if (/[~^:?*[\]\\]/.test(text))
        return String.raw `without any of ~ ^ : ? * [ ] \ `.trimEnd();
    if (text.includes("..") || text.includes("@{"))
        return 'without ".." or "@{"';
    if (text.startsWith("-"))
        return 'that does not start with "-"';
    for (const component of text.split("/")) {
        if (component === "")
            return "without empty components";
        if (component.startsWith(".") || component.endsWith(".lock")) {
            return 'whose components do not start with "." or end in ".lock"';
        }
    }
    if (text.endsWith("."))
        return 'that does not end in "."';
    if (text === "@" || text === "HEAD" || text.startsWith("refs/") || /^[0-9a-f]{40}$/.test(text)) {
        return "that cannot be read as another revision (HEAD, refs/…, a commit id)";
    }
    return undefined;
}
/** @throws ParseError unless the text is a branch's short name. */
function parseBranchName(text) {
    const fault = refNameFault(text);
    if (fault !== undefined)
        throw new parse_ParseError(`the name of a branch, ${fault}`, text);
    return text;
}
/** @throws ParseError unless the text is a tag's short name. */
function parseTag(text) {
    const fault = refNameFault(text);
    if (fault !== undefined)
        throw new parse_ParseError(`the name of a tag, ${fault}`, text);
    return text;
}
/** @throws ParseError unless the text is a full commit id; abbreviations are not accepted. */
function parseCommitSha(text) {
    if (!/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(text)) {
        throw new parse_ParseError("a full commit id of 40 lower-case hexadecimal digits", text);
    }
    return text;
}
/** Cyrillic and Greek letters that are drawn like a Latin one, after lower-casing (from UTS #39). */
const LOOK_ALIKES = {
    а: "a",
    в: "b",
    с: "c",
    ԁ: "d",
    е: "e",
    һ: "h",
    і: "i",
    ј: "j",
    к: "k",
    ӏ: "l",
    м: "m",
    о: "o",
    р: "p",
    ԛ: "q",
    г: "r",
    ѕ: "s",
    т: "t",
    ѵ: "v",
    ԝ: "w",
    х: "x",
    у: "y",
    α: "a",
    β: "b",
    ε: "e",
    η: "n",
    ι: "i",
    κ: "k",
    ν: "v",
    ο: "o",
    ρ: "p",
    τ: "t",
    υ: "u",
    χ: "x",
};
/**
 * Two names with the same key can be mistaken for each other, by a person or by a file system that
 * ignores case: same letters in another case or Unicode form, with marks or invisible characters
 * added, or with letters that look alike. Never a name to be used; only to be compared.
 */
function confusableKey(name) {
    return name
        .normalize("NFKD")
        .replace(/[\p{M}\p{C}]/gu, "")
        .toLowerCase()
        .replace(/[а-яѐ-ӿԀ-ԯα-ω]/gu, (letter) => LOOK_ALIKES[letter] ?? letter);
}

;// CONCATENATED MODULE: ./packages/model/lib/github-names.js

/** GitHub's limits: 39 characters for an owner, 100 for a repository. `_` is for managed users. */
const SLUG = /^(?<owner>[A-Za-z0-9](?:[A-Za-z0-9_-]{0,38}))\/(?<name>[A-Za-z0-9._-]{1,100})$/;
/** @throws ParseError unless the text is `owner/name` as GitHub allows it. */
function parseRepoSlug(text) {
    const match = SLUG.exec(text);
    const name = match?.groups?.["name"];
    if (name === undefined || name === "." || name === ".." || name.endsWith(".git")) {
        throw new parse_ParseError("a repository like owner/name", text);
    }
    return text;
}
function splitRepoSlug(slug) {
    const slash = slug.indexOf("/");
    return { owner: slug.slice(0, slash), name: slug.slice(slash + 1) };
}
/** @throws ParseError unless the text is a lower-case name of at most 63 characters. */
function parseChannel(text) {
    if (!/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/.test(text)) {
        throw new ParseError("the name of a channel like fast, in lower case", text);
    }
    return text;
}

;// CONCATENATED MODULE: ./packages/model/lib/oci-names.js

/** @throws ParseError unless the text is a digest of a registered algorithm in lower-case hex. */
function parseDigest(text) {
    if (!/^(?:sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})$/.test(text)) {
        throw new ParseError("a digest like sha256:<64 lower-case hexadecimal digits>", text);
    }
    return text;
}
/** distribution-spec, "Pulling manifests": `<name>` and `<reference>`. */
const NAME = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*$/;
const TAG = /^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}$/;
const LABEL = "[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?";
const HOST = new RegExp(String.raw `^(?:${LABEL}(?:\.${LABEL})*|\[[0-9a-f:]+\])(?::[1-9]\d{0,4})?$`);
const MAX_NAME_LENGTH = 255;
const EXPECTED = "an image like registry.example/team/app:1.2.3 or registry.example/team/app@sha256:<64 hex>";
/**
 * Reads `host[:port]/path[:tag][@digest]`. The host must be written out: a default registry would
 * make the same text mean two things.
 *
 * @throws ParseError unless the text is one, with a tag, a digest or both.
 */
function parseImageRef(text) {
    const slash = text.indexOf("/");
    const registry = text.slice(0, Math.max(slash, 0));
    const at = text.indexOf("@", slash);
    const beforeDigest = at === -1 ? text.slice(slash + 1) : text.slice(slash + 1, at);
    const colon = beforeDigest.indexOf(":");
    const repository = colon === -1 ? beforeDigest : beforeDigest.slice(0, colon);
    const tag = colon === -1 ? undefined : beforeDigest.slice(colon + 1);
    const looksLikeHost = /[.:]|^localhost$/.test(registry);
    if (!looksLikeHost ||
        !HOST.test(registry) ||
        registry.length + repository.length > MAX_NAME_LENGTH ||
        !NAME.test(repository) ||
        (tag !== undefined && !TAG.test(tag)) ||
        (tag === undefined && at === -1)) {
        throw new ParseError(EXPECTED, text);
    }
    return {
        registry,
        repository,
        ...(tag === undefined ? {} : { tag }),
        ...(at === -1 ? {} : { digest: parseDigest(text.slice(at + 1)) }),
    };
}
function formatImageRef(ref) {
    const tag = ref.tag === undefined ? "" : `:${ref.tag}`;
    const digest = ref.digest === undefined ? "" : `@${ref.digest}`;
    return `${ref.registry}/${ref.repository}${tag}${digest}`;
}

;// CONCATENATED MODULE: ./packages/model/lib/outcome.js
/**
 * The closed set of ways a call can end (DESIGN 3), shared by every action's `outcome` output and by
 * the command line's exit code. Owns the numbers; knows nothing of what led there.
 */
/** Exit code of the command line for each outcome. `done` is 0 as everywhere. */
const EXIT_CODES = {
    /** The effect was made now, and read back. */
    done: 0,
    /** A rule, a gate or a bad input says no. The world was not changed. */
    refused: 2,
    /** The world differs from what was asked for. Both values are in the message. */
    conflict: 3,
    /** Something transient failed more often than is bounded. Safe to run again. */
    retry: 4,
    /** An error nobody planned: ours to fix. */
    bug: 5,
    /** The world was already as asked for. Nothing was changed. */
    "already-done": 10,
    /** A human or another system must act first; run again afterwards. */
    waiting: 11,
};
const OUTCOMES = Object.keys(EXIT_CODES);
/** Whether a step with this outcome passes (DESIGN 3: 0, 10 and 11 do). */
function isPassing(outcome) {
    switch (outcome) {
        case "done":
        case "already-done":
        case "waiting":
            return true;
        case "refused":
        case "conflict":
        case "retry":
        case "bug":
            return false;
    }
}

// EXTERNAL MODULE: ./node_modules/.pnpm/semver@7.8.6/node_modules/semver/functions/compare.js
var compare = __nccwpck_require__(61);
// EXTERNAL MODULE: ./node_modules/.pnpm/semver@7.8.6/node_modules/semver/functions/parse.js
var parse = __nccwpck_require__(817);
;// CONCATENATED MODULE: ./packages/model/lib/version.js



/** An image tag holds at most 128 characters (OCI distribution-spec), and a version becomes one. */
const MAX_VERSION_LENGTH = 128;
const version_EXPECTED = "a version like 1.2.3 or 1.2.3-rc.1";
function partsOf(text) {
    const parsed = text.length <= MAX_VERSION_LENGTH ? parse(text) : null;
    // semver tolerates blanks around and a leading "v" or "="; what it prints back tells.
    return parsed !== null &&
        parsed.raw === text &&
        parsed.build.length === 0 &&
        parsed.version === text
        ? parsed
        : undefined;
}
/** @throws ParseError unless the text is exactly such a version. */
function parseVersion(text) {
    if (partsOf(text) === undefined) {
        throw new parse_ParseError(version_EXPECTED + explain(text), text);
    }
    return text;
}
/** Like parseVersion, where "no" is an answer. */
function tryVersion(text) {
    return partsOf(text) === undefined ? undefined : text;
}
function explain(text) {
    if (text.length > MAX_VERSION_LENGTH)
        return ` of at most ${MAX_VERSION_LENGTH} characters`;
    if (/^[vV=]/.test(text))
        return ` without a prefix`;
    if (/^\d+(\.\d+)?$/.test(text))
        return ` with all three numbers`;
    if (/^[\w.-]+\+/.test(text))
        return ` without build metadata (an image tag cannot hold "+")`;
    if (/(^|\.)0\d/.test(text))
        return ` without leading zeros`;
    return "";
}
function parts(version) {
    const parsed = partsOf(version);
    if (parsed === undefined)
        throw new Error(`not made by parseVersion: ${version}`);
    return parsed;
}
/** Negative, zero or positive, by SemVer precedence (section 11). */
function compareVersions(a, b) {
    return compare(a, b);
}
/** `major.minor`: the line that patches of this release belong to. */
function lineOf(version) {
    const { major, minor } = parts(version);
    return `${major}.${minor}`;
}
/** Whether the version is a patch of an existing line, and so needs the line's branch to exist. */
function isPatch(version) {
    return parts(version).patch > 0;
}
/** Whether the version carries a pre-release part. */
function isPrerelease(version) {
    return parts(version).prerelease.length > 0;
}

;// CONCATENATED MODULE: ./packages/model/lib/index.js











/***/ })

/******/ });
/************************************************************************/
/******/ // The module cache
/******/ var __webpack_module_cache__ = {};
/******/ 
/******/ // The require function
/******/ function __nccwpck_require__(moduleId) {
/******/ 	// Check if module is in cache
/******/ 	var cachedModule = __webpack_module_cache__[moduleId];
/******/ 	if (cachedModule !== undefined) {
/******/ 		return cachedModule.exports;
/******/ 	}
/******/ 	// Create a new module (and put it into the cache)
/******/ 	var module = __webpack_module_cache__[moduleId] = {
/******/ 		// no module.id needed
/******/ 		// no module.loaded needed
/******/ 		exports: {}
/******/ 	};
/******/ 
/******/ 	// Execute the module function
/******/ 	var threw = true;
/******/ 	try {
/******/ 		__webpack_modules__[moduleId].call(module.exports, module, module.exports, __nccwpck_require__);
/******/ 		threw = false;
/******/ 	} finally {
/******/ 		if(threw) delete __webpack_module_cache__[moduleId];
/******/ 	}
/******/ 
/******/ 	// Return the exports of the module
/******/ 	return module.exports;
/******/ }
/******/ 
/******/ // expose the modules object (__webpack_modules__)
/******/ __nccwpck_require__.m = __webpack_modules__;
/******/ 
/************************************************************************/
/******/ /* webpack/runtime/asset-relocator-loader */
/******/ if (typeof __nccwpck_require__ !== 'undefined') __nccwpck_require__.ab = decodeURIComponent(new URL('.', import.meta.url).pathname).slice(import.meta.url.match(/^file:\/\/\/\w:/) ? 1 : 0, -1) + "/";
/******/ 
/******/ /* webpack/runtime/async module */
/******/ (() => {
/******/ 	var webpackQueues = typeof Symbol === "function" ? Symbol("webpack queues") : "__webpack_queues__";
/******/ 	var webpackExports = typeof Symbol === "function" ? Symbol("webpack exports") : "__webpack_exports__";
/******/ 	var webpackError = typeof Symbol === "function" ? Symbol("webpack error") : "__webpack_error__";
/******/ 	var resolveQueue = (queue) => {
/******/ 		if(queue && queue.d < 1) {
/******/ 			queue.d = 1;
/******/ 			queue.forEach((fn) => (fn.r--));
/******/ 			queue.forEach((fn) => (fn.r-- ? fn.r++ : fn()));
/******/ 		}
/******/ 	}
/******/ 	var wrapDeps = (deps) => (deps.map((dep) => {
/******/ 		if(dep !== null && typeof dep === "object") {
/******/ 			if(dep[webpackQueues]) return dep;
/******/ 			if(dep.then) {
/******/ 				var queue = [];
/******/ 				queue.d = 0;
/******/ 				dep.then((r) => {
/******/ 					obj[webpackExports] = r;
/******/ 					resolveQueue(queue);
/******/ 				}, (e) => {
/******/ 					obj[webpackError] = e;
/******/ 					resolveQueue(queue);
/******/ 				});
/******/ 				var obj = {};
/******/ 				obj[webpackQueues] = (fn) => (fn(queue));
/******/ 				return obj;
/******/ 			}
/******/ 		}
/******/ 		var ret = {};
/******/ 		ret[webpackQueues] = x => {};
/******/ 		ret[webpackExports] = dep;
/******/ 		return ret;
/******/ 	}));
/******/ 	__nccwpck_require__.a = (module, body, hasAwait) => {
/******/ 		var queue;
/******/ 		hasAwait && ((queue = []).d = -1);
/******/ 		var depQueues = new Set();
/******/ 		var exports = module.exports;
/******/ 		var currentDeps;
/******/ 		var outerResolve;
/******/ 		var reject;
/******/ 		var promise = new Promise((resolve, rej) => {
/******/ 			reject = rej;
/******/ 			outerResolve = resolve;
/******/ 		});
/******/ 		promise[webpackExports] = exports;
/******/ 		promise[webpackQueues] = (fn) => (queue && fn(queue), depQueues.forEach(fn), promise["catch"](x => {}));
/******/ 		module.exports = promise;
/******/ 		body((deps) => {
/******/ 			currentDeps = wrapDeps(deps);
/******/ 			var fn;
/******/ 			var getResult = () => (currentDeps.map((d) => {
/******/ 				if(d[webpackError]) throw d[webpackError];
/******/ 				return d[webpackExports];
/******/ 			}))
/******/ 			var promise = new Promise((resolve) => {
/******/ 				fn = () => (resolve(getResult));
/******/ 				fn.r = 0;
/******/ 				var fnQueue = (q) => (q !== queue && !depQueues.has(q) && (depQueues.add(q), q && !q.d && (fn.r++, q.push(fn))));
/******/ 				currentDeps.map((dep) => (dep[webpackQueues](fnQueue)));
/******/ 			});
/******/ 			return fn.r ? promise : getResult();
/******/ 		}, (err) => ((err ? reject(promise[webpackError] = err) : outerResolve(exports)), resolveQueue(queue)));
/******/ 		queue && queue.d < 0 && (queue.d = 0);
/******/ 	};
/******/ })();
/******/ 
/******/ /* webpack/runtime/define property getters */
/******/ (() => {
/******/ 	// define getter functions for harmony exports
/******/ 	__nccwpck_require__.d = (exports, definition) => {
/******/ 		for(var key in definition) {
/******/ 			if(__nccwpck_require__.o(definition, key) && !__nccwpck_require__.o(exports, key)) {
/******/ 				Object.defineProperty(exports, key, { enumerable: true, get: definition[key] });
/******/ 			}
/******/ 		}
/******/ 	};
/******/ })();
/******/ 
/******/ /* webpack/runtime/ensure chunk */
/******/ (() => {
/******/ 	__nccwpck_require__.f = {};
/******/ 	// This file contains only the entry chunk.
/******/ 	// The chunk loading function for additional chunks
/******/ 	__nccwpck_require__.e = (chunkId) => {
/******/ 		return Promise.all(Object.keys(__nccwpck_require__.f).reduce((promises, key) => {
/******/ 			__nccwpck_require__.f[key](chunkId, promises);
/******/ 			return promises;
/******/ 		}, []));
/******/ 	};
/******/ })();
/******/ 
/******/ /* webpack/runtime/get javascript chunk filename */
/******/ (() => {
/******/ 	// This function allow to reference async chunks
/******/ 	__nccwpck_require__.u = (chunkId) => {
/******/ 		// return url for filenames based on template
/******/ 		return "" + chunkId + ".index.js";
/******/ 	};
/******/ })();
/******/ 
/******/ /* webpack/runtime/hasOwnProperty shorthand */
/******/ (() => {
/******/ 	__nccwpck_require__.o = (obj, prop) => (Object.prototype.hasOwnProperty.call(obj, prop))
/******/ })();
/******/ 
/******/ /* webpack/runtime/import chunk loading */
/******/ (() => {
/******/ 	// no baseURI
/******/ 	
/******/ 	// object to store loaded and loading chunks
/******/ 	// undefined = chunk not loaded, null = chunk preloaded/prefetched
/******/ 	// [resolve, Promise] = chunk loading, 0 = chunk loaded
/******/ 	var installedChunks = {
/******/ 		792: 0
/******/ 	};
/******/ 	
/******/ 	var installChunk = (data) => {
/******/ 		var {ids, modules, runtime} = data;
/******/ 		// add "modules" to the modules object,
/******/ 		// then flag all "ids" as loaded and fire callback
/******/ 		var moduleId, chunkId, i = 0;
/******/ 		for(moduleId in modules) {
/******/ 			if(__nccwpck_require__.o(modules, moduleId)) {
/******/ 				__nccwpck_require__.m[moduleId] = modules[moduleId];
/******/ 			}
/******/ 		}
/******/ 		if(runtime) runtime(__nccwpck_require__);
/******/ 		for(;i < ids.length; i++) {
/******/ 			chunkId = ids[i];
/******/ 			if(__nccwpck_require__.o(installedChunks, chunkId) && installedChunks[chunkId]) {
/******/ 				installedChunks[chunkId][0]();
/******/ 			}
/******/ 			installedChunks[ids[i]] = 0;
/******/ 		}
/******/ 	
/******/ 	}
/******/ 	
/******/ 	__nccwpck_require__.f.j = (chunkId, promises) => {
/******/ 			// import() chunk loading for javascript
/******/ 			var installedChunkData = __nccwpck_require__.o(installedChunks, chunkId) ? installedChunks[chunkId] : undefined;
/******/ 			if(installedChunkData !== 0) { // 0 means "already installed".
/******/ 	
/******/ 				// a Promise means "currently loading".
/******/ 				if(installedChunkData) {
/******/ 					promises.push(installedChunkData[1]);
/******/ 				} else {
/******/ 					if(true) { // all chunks have JS
/******/ 						// setup Promise in chunk cache
/******/ 						var promise = import("./" + __nccwpck_require__.u(chunkId)).then(installChunk, (e) => {
/******/ 							if(installedChunks[chunkId] !== 0) installedChunks[chunkId] = undefined;
/******/ 							throw e;
/******/ 						});
/******/ 						var promise = Promise.race([promise, new Promise((resolve) => (installedChunkData = installedChunks[chunkId] = [resolve]))])
/******/ 						promises.push(installedChunkData[1] = promise);
/******/ 					}
/******/ 				}
/******/ 			}
/******/ 	};
/******/ 	
/******/ 	// no prefetching
/******/ 	
/******/ 	// no preloaded
/******/ 	
/******/ 	// no external install chunk
/******/ 	
/******/ 	// no on chunks loaded
/******/ })();
/******/ 
/************************************************************************/
/******/ 
/******/ // startup
/******/ // Load entry module and return exports
/******/ // This entry module used 'module' so it can't be inlined
/******/ var __webpack_exports__ = __nccwpck_require__(519);
/******/ __webpack_exports__ = await __webpack_exports__;
/******/ 
