//! Names, places, phone numbers and shops for made data. Nobody here is real.

use super::random::Random;

/// Surnames, roughly as common as they stand often.
const SURNAMES: &[&str] = &[
    "王", "王", "王", "李", "李", "李", "张", "张", "张", "刘", "刘", "陈", "陈", "杨", "赵", "黄", "周", "吴", "徐",
    "孙", "胡", "朱", "高", "林", "何", "郭", "马", "罗", "梁", "宋", "郑", "谢", "韩", "唐", "冯", "于", "董", "萧",
    "程", "曹", "袁", "邓", "许", "傅", "沈", "曾", "彭", "吕", "苏", "卢", "蒋", "蔡", "贾", "丁", "魏", "薛", "叶",
    "阎", "余", "潘", "杜", "戴", "夏", "钟", "汪", "田", "任", "姜", "范", "方", "石", "姚", "谭", "廖", "邹", "熊",
    "金", "陆", "郝", "孔", "白", "崔", "康", "毛", "邱", "秦", "江", "史", "顾", "侯", "邵", "孟", "龙", "万", "段",
    "欧阳", "司马", "上官", "诸葛",
];

/// Characters of given names.
const GIVEN: &[&str] = &[
    "伟", "芳", "娜", "敏", "静", "丽", "强", "磊", "军", "洋", "勇", "艳", "杰", "娟", "涛", "明", "超", "秀", "霞",
    "平", "刚", "桂", "英", "华", "玉", "兰", "飞", "鑫", "波", "斌", "宇", "浩", "凯", "健", "俊", "帆", "雪", "婷",
    "琳", "慧", "颖", "欣", "怡", "佳", "梦", "思", "雨", "晨", "子", "轩", "涵", "博", "文", "睿", "泽", "一", "诺",
    "可", "心", "嘉", "志", "建", "国", "春", "红", "梅", "海", "云", "龙", "凤", "珍", "瑞", "祥", "德", "永",
];

const FIRST_NAMES: &[&str] = &[
    "Anna", "Ben", "Chloé", "Daniel", "Elena", "Farid", "Grace", "Henrik", "Ines", "José", "Kofi", "Lucía", "Mehmet",
    "Nadia", "Olga", "Priya", "Quentin", "Renée", "Søren", "Tomás", "Uma", "Viktor", "Wanjiru", "Zoë", "Łukasz",
    "Aïcha",
];

const LAST_NAMES: &[&str] = &[
    "Anders",
    "Brown",
    "Castillo",
    "Dvořák",
    "Evans",
    "Fischer",
    "García",
    "Hansen",
    "Ivanova",
    "Jansen",
    "Kowalski",
    "López",
    "Müller",
    "Nguyễn",
    "O'Brien",
    "Petrov",
    "Quispe",
    "Rossi",
    "Silva",
    "Tanaka",
    "Usman",
    "Van Dijk",
    "Weiß",
    "Yılmaz",
    "Žukauskas",
    "D'Angelo",
];

const CITIES: &[&str] = &[
    "上海",
    "上海",
    "北京",
    "北京",
    "深圳",
    "广州",
    "成都",
    "杭州",
    "重庆",
    "武汉",
    "西安",
    "苏州",
    "南京",
    "天津",
    "长沙",
    "郑州",
    "青岛",
    "沈阳",
    "宁波",
    "昆明",
    "合肥",
    "厦门",
    "哈尔滨",
    "乌鲁木齐",
    "Singapore",
    "København",
    "São Paulo",
    "Zürich",
    "Łódź",
];

/// The first three digits of mobile numbers.
const PHONE_PREFIXES: &[&str] = &["130", "133", "136", "138", "139", "150", "158", "166", "177", "186", "188", "199"];

/// A shop that lends through the company.
pub(super) struct Merchant {
    /// Its name.
    pub(super) name: &'static str,
    /// What it sells.
    pub(super) category: &'static str,
    /// The least and greatest loan there, in whole yuan.
    pub(super) loan: (u32, u32),
}

/// All shops; the id is the place in the list, from 1.
pub(super) const MERCHANTS: &[Merchant] = &[
    Merchant { name: "云帆手机", category: "electronics", loan: (1_200, 9_900) },
    Merchant { name: "Northlight Laptops", category: "electronics", loan: (3_500, 18_000) },
    Merchant { name: "青禾家电", category: "appliances", loan: (800, 12_000) },
    Merchant { name: "暖居家具", category: "furniture", loan: (1_500, 30_000) },
    Merchant { name: "Café Münster", category: "food", loan: (500, 1_500) },
    Merchant { name: "小鹿出行", category: "vehicles", loan: (2_000, 9_000) },
    Merchant { name: "大地汽车", category: "vehicles", loan: (20_000, 90_000) },
    Merchant { name: "明德教育", category: "education", loan: (3_000, 36_000) },
    Merchant { name: "Lingua Språk", category: "education", loan: (1_800, 15_000) },
    Merchant { name: "康宁口腔", category: "health", loan: (2_500, 40_000) },
    Merchant { name: "山海旅行", category: "travel", loan: (1_000, 20_000) },
    Merchant { name: "Aurora Voyages", category: "travel", loan: (4_000, 35_000) },
    Merchant { name: "锦绣婚庆", category: "events", loan: (8_000, 60_000) },
    Merchant { name: "绿洲装修", category: "renovation", loan: (10_000, 99_000) },
    Merchant { name: "疾风自行车", category: "sports", loan: (900, 15_000) },
    Merchant { name: "Piano Łódź", category: "music", loan: (3_000, 50_000) },
];

/// A person's name.
pub(super) fn name(random: &mut Random) -> String {
    if random.percent(15) {
        return format!("{} {}", random.pick(FIRST_NAMES), random.pick(LAST_NAMES));
    }
    let surname = random.pick(SURNAMES);
    let first = random.pick(GIVEN);
    if random.percent(25) { format!("{surname}{first}") } else { format!("{surname}{first}{}", random.pick(GIVEN)) }
}

/// Where a person lives.
pub(super) fn city(random: &mut Random) -> &'static str {
    random.pick(CITIES)
}

/// A mobile number of eleven digits.
pub(super) fn phone(random: &mut Random) -> String {
    format!("{}{:04}{:04}", random.pick(PHONE_PREFIXES), random.below(10_000), random.below(10_000))
}
